using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
    private const int Block = 64, Word = ScoreStream.Word, Lanes = CandidateBlock.Lanes;

    private readonly ScoreStream _stream;
    private readonly int _experts, _active, _stride, _tail, _sampled;
    private readonly CutoffTrack[] _tracks;
    private readonly CandidateBlock _block;
    private readonly short* _near, _far, _rows;
    private readonly float* _bias, _means;
    private readonly List<nint> _memory = [];
    private readonly float[] _scores;
    private readonly long[] _best;

    /// <summary>A chooser for a layer's stream.</summary>
    public FastSigmoidTopK(ScoreStream stream)
    {
        (_stream, _experts, _active, _stride) = (stream, stream.Place.Experts, stream.Place.Active, stream.Stride);
        _tracks = new CutoffTrack[stream.Domains];
        Array.Fill(_tracks, new CutoffTrack());
        // The library scores eight at a time; what is left over at the end of all tokens' scores it rounds in another way.
        _tail = (int)((long)stream.Place.Tokens * _experts % Lanes);
        _sampled = stream.Domains * Block;
        _near = (short*)Memory(stream.Domains * _stride);
        _far = (short*)Memory(stream.Domains * _stride);
        _rows = (short*)Memory(Block * _stride);
        _bias = (float*)Memory(_stride + Word);
        _means = (float*)Memory(stream.Means.Length);
        _block = new CandidateBlock(Memory, Block, _stride, _active, stream.Noise);
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
        fixed (int* count = counts, experts = chosen, offsets = draw.Offsets)
        {
            fixed (byte* domains = draw.Domains)
            {
                for (var first = 0; first < draw.Offsets.Length; first += Block)
                    Choose(pool, draw, first, offsets + first, domains + first, count, experts == null ? null : experts + (first * _active));
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

    // One block of tokens. They are dealt out by how many candidates they have, so that each loop does the same for every token: how many a token has
    // is chance, and a branch on it would be guessed wrong again and again.
    private void Choose(NoisePool pool, TokenDraw draw, int first, int* offsets, byte* domains, int* counts, int* chosen)
    {
        var rows = stackalloc short*[Block];
        int* sizes = stackalloc int[Block], eight = stackalloc int[Block], sixteen = stackalloc int[Block], rest = stackalloc int[2 * Block], reached = stackalloc int[Block];
        var selected = stackalloc ulong[Block];
        var (eights, sixteens, rests, stride, block) = (0, 0, 0, _stride, _block);
        var held = Math.Min(Block, draw.Offsets.Length - first);
        var (one, two) = (_active <= Lanes ? Lanes - _active + 1 : 0, _active <= 2 * Lanes ? (2 * Lanes) - Math.Max(_active, Lanes + 1) + 1 : 0);
        if (first < _sampled)
            (one, two) = (0, 0);
        for (var i = 0; i < held; i++)
        {
            rows[i] = _stream.Rank == 0 ? pool.At(offsets[i]) : _stream.Row(pool, draw, first + i, _rows + (i * stride));
            sizes[i] = Candidates.Of(rows[i], _near + (domains[i] * stride), stride / Word, block.Found(i));
            var (few, more) = (Below(sizes[i] - _active, one), Below(sizes[i] - Math.Max(_active, Lanes + 1), two));
            (eight[eights], sixteen[sixteens], rest[rests]) = (i, i, i);
            eights += few;
            sixteens += more;
            rests += 1 - few - more;
        }
        if (_tail > 0 && first + held == draw.Offsets.Length)
            Irregular(held - 1, sizes, eight, ref eights, sixteen, ref sixteens, rest, ref rests);
        for (var j = 0; j < eights; j++)
            block.Gather(eight[j], Lanes, rows[eight[j]], _means + (domains[eight[j]] * stride), _bias);
        for (var j = 0; j < sixteens; j++)
            block.Gather(sixteen[j], 2 * Lanes, rows[sixteen[j]], _means + (domains[sixteen[j]] * stride), _bias);
        // In three passes: one token's chain of operations is long, and those of several run beside each other only while they are short.
        for (var j = 0; j < eights; j++)
            reached[eight[j]] = block.Score(eight[j], sizes[eight[j]], Lanes, _tracks[domains[eight[j]]].Near);
        for (var j = 0; j < sixteens; j++)
            reached[sixteen[j]] = block.Score(sixteen[j], sizes[sixteen[j]], 2 * Lanes, _tracks[domains[sixteen[j]]].Near);
        for (var j = 0; j < eights; j++)
            selected[eight[j]] = block.OfEight(eight[j]);
        for (var j = 0; j < sixteens; j++)
            selected[sixteen[j]] = block.OfSixteen(sixteen[j]);
        for (var j = 0; j < eights + sixteens; j++)
        {
            var i = j < eights ? eight[j] : sixteen[j - eights];
            var holds = reached[i] >= _active ? 1 : 0;
            Count(selected[i], holds, block.Found(i), counts, chosen == null ? null : chosen + (i * _active));
            rest[rests] = i;
            rests += 1 - holds;
        }
        for (var j = 0; j < rests; j++)
        {
            var i = rest[j];
            Any(i, rows[i], domains[i], first + i, sizes[i], counts, chosen == null ? null : chosen + (i * _active));
        }
    }

    // 1 if a number is at least 0 and below a bound, else 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Below(int number, int bound) => (uint)number < (uint)bound ? 1 : 0;

    // Takes the last token from where it was dealt to, and leaves it to the path that scores every expert.
    private static void Irregular(int i, int* sizes, int* eight, ref int eights, int* sixteen, ref int sixteens, int* rest, ref int rests)
    {
        eights -= eights > 0 && eight[eights - 1] == i ? 1 : 0;
        sixteens -= sixteens > 0 && sixteen[sixteens - 1] == i ? 1 : 0;
        rests -= rests > 0 && rest[rests - 1] == i ? 1 : 0;
        rest[rests++] = i;
        sizes[i] = int.MaxValue;
    }

    // Adds one or, where the choice does not hold, nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(ulong selected, int one, int* found, int* counts, int* chosen)
    {
        for (var k = 0; k < _active; k++)
        {
            var expert = found[BitOperations.TrailingZeroCount(selected)];
            counts[expert] += one;
            if (chosen != null)
                chosen[k] = expert;
            selected &= selected - 1;
        }
    }

    // Looks again from a lower level, and then at every expert.
    private void Any(int i, short* row, int domain, int token, int size, int* counts, int* chosen)
    {
        var regular = size != int.MaxValue;
        if (regular && (token < _sampled || size > 2 * Lanes) && Among(i, row, domain, token, size, _tracks[domain].Near, counts, chosen))
            return;
        var far = Candidates.Of(row, _far + (domain * _stride), _stride / Word, _block.Found(i));
        if (!regular || !Among(i, row, domain, token, far, _tracks[domain].Far, counts, chosen))
            All(row, domain, token, counts, chosen);
    }

    private bool Among(int i, short* row, int domain, int token, int size, float level, int* counts, int* chosen)
    {
        if (size < _active || size > CandidateBlock.Most)
            return false;
        _block.Gather(i, (size + Lanes - 1) / Lanes * Lanes, row, _means + (domain * _stride), _bias);
        if (_block.Score(i, size, size, level) < _active)
            return false;
        var selected = _block.OfMany(i, size, out var last);
        if (token < _sampled)
            _tracks[domain].Add(last);
        Count(selected, 1, _block.Found(i), counts, chosen);
        return true;
    }

    private void All(short* row, int domain, int token, int* counts, int* chosen)
    {
        Scores(row, domain, token, _scores);
        TopK.Select(_scores, new ReadOnlySpan<float>(_bias, _experts), _experts, _best, _active);
        if (token < _sampled)
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

    // So many numbers of up to four bytes, and room for an index that is one too large.
    private nint Memory(int count)
    {
        var size = (count + Word) * sizeof(float);
        var memory = NativeMemory.AlignedAlloc((nuint)size, 64);
        new Span<byte>(memory, size).Clear();
        _memory.Add((nint)memory);
        return (nint)memory;
    }
}
