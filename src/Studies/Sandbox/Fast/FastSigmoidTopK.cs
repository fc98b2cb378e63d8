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
    private readonly short* _near, _far, _rows;
    private readonly float* _bias, _means, _values, _foundMeans, _foundBias;
    private readonly int* _found, _foundNoise;
    private readonly List<nint> _memory = [];
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
        _near = (short*)Memory(stream.Domains * _stride, sizeof(short));
        _far = (short*)Memory(stream.Domains * _stride, sizeof(short));
        _rows = (short*)Memory(Block * _stride, sizeof(short));
        _bias = (float*)Memory(_stride + Word, sizeof(float));
        _means = (float*)Memory(stream.Means.Length, sizeof(float));
        _values = (float*)Memory(_slots, sizeof(float));
        _found = (int*)Memory(Block * _slots, sizeof(int));
        _foundNoise = (int*)Memory(Block * _slots, sizeof(int));
        _foundMeans = (float*)Memory(Block * _slots, sizeof(float));
        _foundBias = (float*)Memory(Block * _slots, sizeof(float));
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
        var rows = stackalloc short*[Block];
        var sizes = stackalloc int[Block];
        fixed (int* count = counts, experts = chosen)
        {
            for (var first = 0; first < draw.Offsets.Length; first += Block)
            {
                var held = Math.Min(Block, draw.Offsets.Length - first);
                for (var i = 0; i < held; i++)
                {
                    Ahead(pool, draw, first + i + 4);
                    rows[i] = _stream.Row(pool, draw, first + i, _rows + (i * _stride));
                    var domain = draw.Domains[first + i] * _stride;
                    sizes[i] = Candidates.Of(rows[i], _near + domain, _stride / Word, _found + (i * _slots));
                    Gather(rows[i], _means + domain, i * _slots, sizes[i]);
                }
                for (var i = 0; i < held; i++)
                {
                    var token = first + i;
                    var to = experts == null ? null : experts + (token * _active);
                    Choose(rows[i], draw.Domains[token], token, i * _slots, sizes[i], count, to);
                }
            }
        }
        for (var d = 0; d < _tracks.Length; d++)
            _tracks[d].Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var memory in _memory)
            NativeMemory.AlignedFree((void*)memory);
        _memory.Clear();
    }

    // What the candidates' scores are made of side by side, number by number and long before vectors are loaded from there: a processor's own gather
    // takes more, and a vector cannot be loaded from stores that are under way. What follows the last candidate is some expert's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Gather(short* row, float* means, int slot, int size)
    {
        if (size > Most)
            return;
        var (found, noise, mean, bias) = ((nint)(_found + slot), (nint)(_foundNoise + slot), (nint)(_foundMeans + slot), (nint)(_foundBias + slot));
        for (var at = 0; at < size; at += Lanes)
        {
            for (var i = at; i < at + Lanes; i++)
            {
                var expert = (nint)((int*)found)[i];
                ((int*)noise)[i] = row[expert];
                ((float*)mean)[i] = means[expert];
                ((float*)bias)[i] = _bias[expert];
            }
        }
    }

    // A window begins anywhere in the pool, which no prefetcher of the processor foresees.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ahead(NoisePool pool, TokenDraw draw, int token)
    {
        if (!Sse.IsSupported || token >= draw.Offsets.Length)
            return;
        var window = (byte*)pool.At(draw.Offsets[token]);
        for (var at = 0; at < _experts * sizeof(short); at += 64)
            Sse.Prefetch0(window + at);
    }

    private void Choose(short* row, int domain, int token, int slot, int size, int* counts, int* chosen)
    {
        // What the library rounds in another way is left to the path that scores every expert.
        var regular = _tail == 0 || token != _stream.Place.Tokens - 1;
        if (regular && Among(domain, slot, size, _tracks[domain].Near, counts, chosen))
            return;
        var far = Candidates.Of(row, _far + (domain * _stride), _stride / Word, _found + slot);
        Gather(row, _means + (domain * _stride), slot, far);
        if (!regular || !Among(domain, slot, far, _tracks[domain].Far, counts, chosen))
            All(row, domain, token, counts, chosen);
    }

    // Chooses among candidates in ascending order, if K of them reach the level: whatever is no candidate is below it.
    private bool Among(int domain, int slot, int size, float level, int* counts, int* chosen)
    {
        if (size < _active || size > Most)
            return false;
        ulong selected;
        if (size <= Lanes)
        {
            var value = Value(slot, size);
            value.Store(_values);
            if (Reached(value, level) < _active)
                return false;
            selected = First(Ranks.Within(value));
        }
        else
        {
            var reached = 0;
            for (var at = 0; at < size; at += Lanes)
            {
                var value = Value(slot + at, size - at);
                value.Store(_values + at);
                reached += Reached(value, level);
            }
            if (reached < _active)
                return false;
            selected = Ranked(size);
        }
        if (_tracks[domain].Wants)
            Track(domain, selected);
        var found = _found + slot;
        for (var bits = selected; bits != 0; bits &= bits - 1)
            counts[found[BitOperations.TrailingZeroCount(bits)]]++;
        for (var (bits, k) = (selected, 0); chosen != null && bits != 0; bits &= bits - 1)
            chosen[k++] = found[BitOperations.TrailingZeroCount(bits)];
        return true;
    }

    // Score + bias of eight candidates; minus infinity after the last.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Value(int slot, int left)
    {
        var logit = Vector256.FusedMultiplyAdd(Vector256.Create(_stream.Noise), Vector256.ConvertToSingle(Vector256.Load(_foundNoise + slot)),
            Vector256.Load(_foundMeans + slot));
        return Vector256.ConditionalSelect(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(left)).AsSingle(),
            VectorMath.Sigmoid(logit) + Vector256.Load(_foundBias + slot), Vector256.Create(float.NegativeInfinity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Reached(Vector256<float> value, float level) =>
        BitOperations.PopCount(Vector256.GreaterThanOrEqual(value, Vector256.Create(level)).ExtractMostSignificantBits());

    private void Track(int domain, ulong selected)
    {
        var last = float.PositiveInfinity;
        for (; selected != 0; selected &= selected - 1)
            last = Math.Min(last, _values[BitOperations.TrailingZeroCount(selected)]);
        _tracks[domain].Add(last);
    }

    // The candidates of the K first ranks as bits. A rank is how many are larger, or equal and earlier; whole vectors are compared with each other's
    // rotations, which takes no branch.
    private ulong Ranked(int size)
    {
        var selected = 0UL;
        for (var at = 0; at < size; at += Lanes)
        {
            var own = Vector256.Load(_values + at);
            var rank = Ranks.Within(own);
            for (var other = 0; other < size; other += Lanes)
            {
                if (other != at)
                    rank += Ranks.Against(own, _values + other, other < at);
            }
            selected |= First(rank) << at;
        }
        return selected;
    }

    private ulong First(Vector256<int> rank) => Vector256.GreaterThan(rank, Vector256.Create(-_active)).ExtractMostSignificantBits();

    private void All(short* row, int domain, int token, int* counts, int* chosen)
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
    public void Scores(short* row, int domain, int token, Span<float> scores)
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

    private void Write(float level, int domain, short* cuts) => Cuts.Write(level, _stream.Means.AsSpan(domain * _stride, _stride), _stream.Noise,
        new ReadOnlySpan<float>(_bias, _stride), _experts, new Span<short>(cuts + (domain * _stride), _stride));

    private void* Memory(int count, int size)
    {
        var memory = NativeMemory.AlignedAlloc((nuint)(count * size), 64);
        new Span<byte>(memory, count * size).Clear();
        _memory.Add((nint)memory);
        return memory;
    }
}
