using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoELab.Interop.Products;
using MoELab.Routing;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Studies.Sandbox.Fast;

// T tokens, E experts, K chosen per token.

/// <summary>
/// The choice of <c>sigmoid-top-k</c>, expert by expert and tie by tie the library's, on one core: of each token only the experts whose noise passes
/// their cut (<see cref="Cuts"/>) get a score, by the library's own sigmoid. If fewer than K of them reach the cut's level, a lower one is tried, and
/// then every expert is scored.
/// </summary>
internal sealed unsafe class FastSigmoidTopK : IDisposable
{
    private const int Block = 32, Lanes = 8, Most = 64, Word = ScoreStream.Word;

    private readonly ScoreStream _stream;
    private readonly int _experts, _active, _stride, _slots, _tail;
    private readonly CutoffTrack[] _tracks;
    private readonly float* _near, _far, _bias, _rows, _means, _values;
    private readonly int* _found;
    private readonly float[] _scores;
    private readonly long[] _best;

    /// <summary>A chooser for a layer's stream.</summary>
    public FastSigmoidTopK(ScoreStream stream)
    {
        (_stream, _experts, _active, _stride) = (stream, stream.Place.Experts, stream.Place.Active, stream.Stride);
        _tracks = new CutoffTrack[stream.Domains];
        Array.Fill(_tracks, new CutoffTrack());
        _slots = _stride + Lanes;
        // The library scores eight at a time; what is left over at the end of all tokens' scores it rounds in another way.
        _tail = (int)((long)stream.Place.Tokens * _experts % Lanes);
        _near = Floats(stream.Domains * _stride);
        _far = Floats(stream.Domains * _stride);
        _bias = Floats(_stride + Word);
        _rows = Floats(Block * _stride);
        _means = Floats(stream.Means.Length);
        _values = Floats(_slots);
        _found = (int*)Floats(Block * _slots);
        (_scores, _best) = (new float[_experts], new long[_active]);
    }

    /// <summary>Chooses for every token of a step and counts.</summary>
    /// <param name="pool">The noise.</param>
    /// <param name="draw">What the tokens drew.</param>
    /// <param name="bias">[E] what is added to the scores.</param>
    /// <param name="counts">[E] tokens of each expert; overwritten.</param>
    /// <param name="chosen">[T, K] the experts of each token in ascending order; null if nobody asks.</param>
    public void Choose(NoisePool pool, TokenDraw draw, ReadOnlySpan<float> bias, Span<int> counts, int[]? chosen = null)
    {
        counts.Clear();
        bias.CopyTo(new Span<float>(_bias, _experts));
        _stream.Means.CopyTo(new Span<float>(_means, _stream.Means.Length));
        for (var d = 0; d < _tracks.Length; d++)
        {
            Write(_tracks[d].Near, d, _near);
            Write(_tracks[d].Far, d, _far);
        }
        var rows = stackalloc float*[Block];
        var sizes = stackalloc int[Block];
        fixed (int* count = counts, experts = chosen)
        {
            for (var first = 0; first < draw.Offsets.Length; first += Block)
            {
                var held = Math.Min(Block, draw.Offsets.Length - first);
                for (var i = 0; i < held; i++)
                {
                    rows[i] = _stream.Row(pool, draw, first + i, _rows + (i * _stride));
                    sizes[i] = Pass(rows[i], _near + (draw.Domains[first + i] * _stride), _stride / Word, _found + (i * _slots));
                }
                for (var i = 0; i < held; i++)
                {
                    var token = first + i;
                    var to = experts == null ? null : experts + (token * _active);
                    Choose(rows[i], draw.Domains[token], token, _found + (i * _slots), sizes[i], count, to);
                }
            }
        }
        for (var d = 0; d < _tracks.Length; d++)
            _tracks[d].Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var memory in (ReadOnlySpan<nint>)[(nint)_near, (nint)_far, (nint)_bias, (nint)_rows, (nint)_means, (nint)_values, (nint)_found])
            NativeMemory.AlignedFree((void*)memory);
    }

    // A word of 64 experts has few that pass. Four places are written whether there are as many or not: a branch would be guessed wrong more often.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Pass(float* row, float* cuts, int words, int* found)
    {
        var n = 0;
        for (var word = 0; word < words; word++)
        {
            float* x = row + (word * Word), cut = cuts + (word * Word);
            var bits = Passing(x, cut) | (Passing(x + 8, cut + 8) << 8) | (Passing(x + 16, cut + 16) << 16) | (Passing(x + 24, cut + 24) << 24)
                | (Passing(x + 32, cut + 32) << 32) | (Passing(x + 40, cut + 40) << 40) | (Passing(x + 48, cut + 48) << 48)
                | (Passing(x + 56, cut + 56) << 56);
            for (var slot = 0; slot < 4; slot++)
            {
                found[n] = (word * Word) + BitOperations.TrailingZeroCount(bits);
                n += (int)((bits | (0 - bits)) >> 63);
                bits &= bits - 1;
            }
            for (; bits != 0; bits &= bits - 1)
                found[n++] = (word * Word) + BitOperations.TrailingZeroCount(bits);
        }
        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Passing(float* row, float* cut) =>
        Vector256.GreaterThanOrEqual(Vector256.Load(row), Vector256.LoadAligned(cut)).ExtractMostSignificantBits();

    private void Choose(float* row, int domain, int token, int* found, int size, int* counts, int* chosen)
    {
        if (Among(row, domain, token, found, size, _tracks[domain].Near, counts, chosen))
            return;
        var far = Pass(row, _far + (domain * _stride), _stride / Word, found);
        if (!Among(row, domain, token, found, far, _tracks[domain].Far, counts, chosen))
            All(row, domain, token, counts, chosen);
    }

    // Chooses among candidates in ascending order, if K of them reach the level: whatever is no candidate is below it.
    private bool Among(float* row, int domain, int token, int* found, int size, float level, int* counts, int* chosen)
    {
        if (size < _active || size > Most)
            return false;
        var means = _means + (domain * _stride);
        var reached = 0;
        for (var at = 0; at < size; at += Lanes)
        {
            var index = Vector256.Load(found + at);
            var inside = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(size - at)).AsSingle();
            // Places beyond the last candidate hold whatever was there; as an index they must stay in the row.
            index = Vector256.ConditionalSelect(inside.AsInt32(), index, Vector256<int>.Zero);
            var logit = Vector256.FusedMultiplyAdd(Vector256.Create(_stream.Noise), Gather(row, index), Gather(means, index));
            var score = VectorMath.Sigmoid(logit);
            if (_tail > 0 && token == _stream.Place.Tokens - 1)
                score = Rest(index, logit, score);
            var value = Vector256.ConditionalSelect(inside, score + Gather(_bias, index), Vector256.Create(float.NegativeInfinity));
            reached += BitOperations.PopCount(Vector256.GreaterThanOrEqual(value, Vector256.Create(level)).ExtractMostSignificantBits());
            value.Store(_values + at);
        }
        if (reached < _active)
            return false;
        var selected = Ranked(size, out var last);
        if (_tracks[domain].Wants)
            _tracks[domain].Add(last);
        for (var k = 0; k < _active; k++)
        {
            var expert = found[BitOperations.TrailingZeroCount(selected)];
            selected &= selected - 1;
            counts[expert]++;
            if (chosen != null)
                chosen[k] = expert;
        }
        return true;
    }

    // The candidates of the K first ranks as bits. A rank is how many are larger, or equal and earlier.
    private ulong Ranked(int size, out float last)
    {
        var (selected, lowest) = (0UL, float.PositiveInfinity);
        if (size <= Lanes)
        {
            var all = Vector256.Load(_values);
            for (var i = 0; i < Lanes; i++)
            {
                var own = Vector256.Create(_values[i]);
                var before = Vector256.GreaterThan(all, own).ExtractMostSignificantBits()
                    | (Vector256.Equals(all, own).ExtractMostSignificantBits() & ((1u << i) - 1));
                selected |= (ulong)((uint)(BitOperations.PopCount(before) - _active) >> 31) << i;
            }
        }
        else
        {
            for (var i = 0; i < size; i++)
            {
                var own = Vector256.Create(_values[i]);
                var rank = 0;
                for (var at = 0; at < size; at += Lanes)
                {
                    var all = Vector256.Load(_values + at);
                    var earlier = i - at >= Lanes ? 0xFFu : i <= at ? 0 : (1u << (i - at)) - 1;
                    rank += BitOperations.PopCount(Vector256.GreaterThan(all, own).ExtractMostSignificantBits()
                        | (Vector256.Equals(all, own).ExtractMostSignificantBits() & earlier));
                }
                selected |= (ulong)((uint)(rank - _active) >> 31) << i;
            }
        }
        for (var bits = selected; bits != 0; bits &= bits - 1)
            lowest = Math.Min(lowest, _values[BitOperations.TrailingZeroCount(bits)]);
        last = lowest;
        return selected;
    }

    private void All(float* row, int domain, int token, int* counts, int* chosen)
    {
        Scores(row, domain, token, _scores);
        TopK.Select(_scores, new ReadOnlySpan<float>(_bias, _experts), _experts, _best, _active);
        if (_tracks[domain].Wants)
            _tracks[domain].Add(_scores[_best[^1]] + _bias[_best[^1]]);
        _best.AsSpan().Sort();
        for (var k = 0; k < _active; k++)
        {
            counts[_best[k]]++;
            if (chosen != null)
                chosen[k] = (int)_best[k];
        }
    }

    /// <summary>The scores of a token, as the library rounds them.</summary>
    public void Scores(float* row, int domain, int token, Span<float> scores)
    {
        _stream.Logits(row, domain, scores);
        var e = 0;
        for (; e + Lanes <= scores.Length; e += Lanes)
            VectorMath.Sigmoid(Vector256.Create<float>(scores[e..])).CopyTo(scores[e..]);
        if (e < scores.Length)
        {
            Span<float> rest = stackalloc float[Lanes];
            rest.Clear();
            scores[e..].CopyTo(rest);
            VectorMath.Sigmoid(Vector256.Create<float>(rest)).CopyTo(rest);
            rest[..(scores.Length - e)].CopyTo(scores[e..]);
        }
        var last = token == _stream.Place.Tokens - 1 ? _tail : 0;
        for (var t = scores.Length - last; t < scores.Length; t++)
            scores[t] = VectorMath.Sigmoid(MathF.FusedMultiplyAdd(_stream.Noise, row[t], _stream.Means[(domain * _stride) + t]));
    }

    private Vector256<float> Rest(Vector256<int> index, Vector256<float> logit, Vector256<float> score)
    {
        for (var i = 0; i < Lanes; i++)
        {
            if (index[i] >= _experts - _tail)
                score = score.WithElement(i, VectorMath.Sigmoid(logit[i]));
        }
        return score;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Gather(float* from, Vector256<int> index) => Avx2.IsSupported
        ? Avx2.GatherVector256(from, index, sizeof(float))
        : Vector256.Create(from[index[0]], from[index[1]], from[index[2]], from[index[3]], from[index[4]], from[index[5]], from[index[6]], from[index[7]]);

    private void Write(float level, int domain, float* cuts) => Cuts.Write(level, _stream.Means.AsSpan(domain * _stride, _stride), _stream.Noise,
        new ReadOnlySpan<float>(_bias, _stride), _experts, new Span<float>(cuts + (domain * _stride), _stride));

    private static float* Floats(int count)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        new Span<float>(memory, count).Clear();
        return memory;
    }
}
