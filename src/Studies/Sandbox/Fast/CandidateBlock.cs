using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>
/// Candidates of the tokens of a block, and the choice among them. What their scores are made of is put side by side, number by number and long before
/// vectors are loaded from there: a processor's own gather takes more, and a vector cannot be loaded from stores that are under way.
/// </summary>
internal readonly unsafe struct CandidateBlock
{
    /// <summary>Candidates in a vector.</summary>
    public const int Lanes = 8;

    /// <summary>Most candidates of a token among which is chosen here.</summary>
    public const int Most = 64;

    private readonly int* _found, _noise;
    private readonly float* _means, _bias, _values;
    private readonly int _slots, _active;
    private readonly float _scale;

    /// <summary>A block with memory of its own.</summary>
    /// <param name="memory">Where memory comes from: so many numbers of four bytes, cleared.</param>
    /// <param name="tokens">Tokens of a block.</param>
    /// <param name="slots">Most experts that can be candidates of a token.</param>
    /// <param name="active">Experts that a token uses.</param>
    /// <param name="scale">Logits per unit of noise.</param>
    public CandidateBlock(Func<int, nint> memory, int tokens, int slots, int active, float scale)
    {
        _slots = slots + Lanes;
        _found = (int*)memory(tokens * _slots);
        _noise = (int*)memory(tokens * _slots);
        _means = (float*)memory(tokens * _slots);
        _bias = (float*)memory(tokens * _slots);
        _values = (float*)memory(tokens * _slots);
        (_active, _scale) = (active, scale);
    }

    /// <summary>A token's candidates in ascending order; behind the last one is some expert.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int* Found(int token) => _found + (token * _slots);

    /// <summary>Puts the noise, means and biases of a token's first candidates side by side; a multiple of eight of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Gather(int token, int candidates, short* row, float* means, float* bias)
    {
        for (var at = token * _slots; candidates > 0; (at, candidates) = (at + Lanes, candidates - Lanes))
        {
            // Written out: as a loop, its counting takes as long as its work.
            int* found = _found + at, noise = _noise + at;
            float* mean = _means + at, shift = _bias + at;
            Put(found, noise, mean, shift, row, means, bias, 0);
            Put(found, noise, mean, shift, row, means, bias, 1);
            Put(found, noise, mean, shift, row, means, bias, 2);
            Put(found, noise, mean, shift, row, means, bias, 3);
            Put(found, noise, mean, shift, row, means, bias, 4);
            Put(found, noise, mean, shift, row, means, bias, 5);
            Put(found, noise, mean, shift, row, means, bias, 6);
            Put(found, noise, mean, shift, row, means, bias, 7);
        }
    }

    /// <summary>Writes score + bias of a token's candidates, minus infinity after the last, and returns how many of them reach the level.</summary>
    /// <param name="token">The token.</param>
    /// <param name="size">Its candidates.</param>
    /// <param name="lanes">The candidates as a multiple of eight.</param>
    /// <param name="level">The level.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Score(int token, int size, int lanes, float level)
    {
        var (reached, first) = (0, token * _slots);
        for (var at = 0; at < lanes; at += Lanes)
        {
            var value = Value(first + at, size - at);
            value.Store(_values + first + at);
            reached += BitOperations.PopCount(Vector256.GreaterThanOrEqual(value, Vector256.Create(level)).ExtractMostSignificantBits());
        }
        return reached;
    }

    /// <summary>The K first of up to eight scored candidates as bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong OfEight(int token)
    {
        var values = _values + (token * _slots);
        return First(Ranks.Within(Vector256.Load(values), values));
    }

    /// <summary>The K first of up to sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong OfSixteen(int token)
    {
        var values = _values + (token * _slots);
        var (low, high) = (Vector256.Load(values), Vector256.Load(values + Lanes));
        return First(Ranks.Within(low, values) + Ranks.Against(low, values + Lanes, earlier: false))
            | (First(Ranks.Within(high, values + Lanes) + Ranks.Against(high, values, earlier: true)) << Lanes);
    }

    /// <summary>The K first of any number up to <see cref="Most"/>, with the K-th largest value.</summary>
    public ulong OfMany(int token, int size, out float last)
    {
        var (values, selected) = ((nint)(_values + (token * _slots)), 0UL);
        last = float.PositiveInfinity;
        for (var at = 0; at < size; at += Lanes)
        {
            var own = Vector256.Load((float*)values + at);
            var rank = Ranks.Within(own, (float*)values + at);
            for (var other = 0; other < size; other += Lanes)
            {
                if (other != at)
                    rank += Ranks.Against(own, (float*)values + other, other < at);
            }
            selected |= First(rank) << at;
        }
        for (var bits = selected; bits != 0; bits &= bits - 1)
            last = Math.Min(last, ((float*)values)[BitOperations.TrailingZeroCount(bits)]);
        return selected;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(int* found, int* noise, float* mean, float* shift, short* row, float* means, float* bias, int i)
    {
        var expert = (nint)found[i];
        noise[i] = row[expert];
        mean[i] = means[expert];
        shift[i] = bias[expert];
    }

    // Score + bias of eight candidates; minus infinity after the last.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Value(int at, int left)
    {
        var logit = Vector256.FusedMultiplyAdd(Vector256.Create(_scale), Vector256.ConvertToSingle(Vector256.Load(_noise + at)), Vector256.Load(_means + at));
        return Vector256.ConditionalSelect(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(left)).AsSingle(),
            VectorMath.Sigmoid(logit) + Vector256.Load(_bias + at), Vector256.Create(float.NegativeInfinity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong First(Vector256<int> rank) => Vector256.GreaterThan(rank, Vector256.Create(-_active)).ExtractMostSignificantBits();
}
