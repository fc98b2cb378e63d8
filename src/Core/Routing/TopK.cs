using System.Numerics;
using MoELab.Interop.Torch;

namespace MoELab.Routing;

// T tokens, E experts, K chosen.

/// <summary>
/// The K largest scores of each token, with an exact rule for ties: the lower index wins. <c>torch.topk</c> promises no rule,
/// and two runs that break ties differently route differently.
/// </summary>
public static class TopK
{
    /// <summary>Chooses K columns of each row, without gradients.</summary>
    /// <param name="scores_TE">float32 [T, E], finite.</param>
    /// <param name="bias_E">float32 [E], added to the scores for the choice only; null for none.</param>
    /// <param name="k">How many, 1 to E.</param>
    /// <returns>int64 [T, K], best first, on the device of the scores.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is not between 1 and E.</exception>
    public static Tensor Select(Tensor scores_TE, Tensor? bias_E, int k)
    {
        var experts = scores_TE.shape[1];
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, experts);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        if (scores_TE.device_type != DeviceType.CPU)
        {
            var biased_TE = bias_E is null ? scores_TE.detach() : scores_TE.detach().add(bias_E.detach().to(scores_TE.device), Scalars.One);
            var (_, order_TE) = torch.sort(biased_TE, dim: -1, descending: true, stable: true);
            return order_TE.narrow(1, 0, k).contiguous().MoveToOuterDisposeScope();
        }
        var host_TE = scores_TE.detach().to(torch.ScalarType.Float32).contiguous();
        var bias = bias_E is null ? null : HostMemory.Copy<float>(bias_E, torch.ScalarType.Float32);
        var expert_TK = torch.empty(scores_TE.shape[0], k, dtype: torch.ScalarType.Int64);
        Select(HostMemory.Of<float>(host_TE), bias, (int)experts, HostMemory.Of<long>(expert_TK), k);
        return expert_TK.MoveToOuterDisposeScope();
    }

    /// <summary>The same over host memory.</summary>
    internal static void Select(ReadOnlySpan<float> scores, ReadOnlySpan<float> bias, int experts, Span<long> chosen, int k)
    {
        // Insertion beats a sort while few are kept; expert choice keeps many tokens per expert.
        var sorts = k > 32;
        Span<float> best = stackalloc float[sorts ? 0 : k];
        var keys = sorts ? new ulong[experts] : [];
        var row = new float[experts];
        for (var (at, to) = (0, 0); at < scores.Length; at += experts, to += k)
        {
            var from = scores.Slice(at, experts);
            if (sorts)
                Sort(from, bias, keys, chosen.Slice(to, k));
            else
                Insert(from, bias, row, best, chosen.Slice(to, k));
        }
    }

    private static void Insert(ReadOnlySpan<float> scores, ReadOnlySpan<float> bias, Span<float> row, Span<float> best, Span<long> chosen)
    {
        var held = 0;
        var e = 0;
        for (; e + Vector<float>.Count <= row.Length; e += Vector<float>.Count)
        {
            var block = new Vector<float>(scores[e..]);
            if (bias.Length > 0)
                block += new Vector<float>(bias[e..]);
            // Most blocks hold nothing above the K-th best so far, and one comparison tells.
            if (held == best.Length && !Vector.GreaterThanAny(block, new Vector<float>(best[^1])))
                continue;
            block.CopyTo(row[e..]);
            for (var lane = e; lane < e + Vector<float>.Count; lane++)
                Offer(row[lane], lane, ref held, best, chosen);
        }
        for (; e < row.Length; e++)
            Offer(bias.Length > 0 ? scores[e] + bias[e] : scores[e], e, ref held, best, chosen);
    }

    private static void Offer(float score, int expert, ref int held, Span<float> best, Span<long> chosen)
    {
        // Strictly greater only: of two equal scores the one met first, with the lower index, stays ahead.
        if (held == best.Length && !(score > best[^1]))
            return;
        var place = held < best.Length ? held++ : held - 1;
        for (; place > 0 && score > best[place - 1]; place--)
            (best[place], chosen[place]) = (best[place - 1], chosen[place - 1]);
        (best[place], chosen[place]) = (score, expert);
    }

    private static void Sort(ReadOnlySpan<float> scores, ReadOnlySpan<float> bias, Span<ulong> keys, Span<long> chosen)
    {
        for (var e = 0; e < keys.Length; e++)
        {
            // Adding zero turns -0 into 0. The bits of a float order like a number once the negative ones are flipped;
            // inverted above the index they sort largest first and, of equals, lowest index first.
            var bits = BitConverter.SingleToUInt32Bits((bias.Length > 0 ? scores[e] + bias[e] : scores[e]) + 0f);
            bits = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
            keys[e] = ((ulong)~bits << 32) | (uint)e;
        }
        keys.Sort();
        for (var j = 0; j < chosen.Length; j++)
            chosen[j] = (uint)keys[j];
    }
}
