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
            var biased_TE = bias_E is null ? scores_TE.detach() : scores_TE.detach() + bias_E.detach().to(scores_TE.device);
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
        Span<float> best = k <= 256 ? stackalloc float[k] : new float[k];
        Span<float> row = experts <= 4096 ? stackalloc float[experts] : new float[experts];
        for (var (at, to) = (0, 0); at < scores.Length; at += experts, to += k)
        {
            scores.Slice(at, experts).CopyTo(row);
            for (var e = 0; e < bias.Length; e++)
                row[e] += bias[e];
            Row(row, best, chosen.Slice(to, k));
        }
    }

    private static void Row(ReadOnlySpan<float> row, Span<float> best, Span<long> chosen)
    {
        var held = 0;
        for (var e = 0; e < row.Length; e++)
        {
            var score = row[e];
            // Strictly greater only: of two equal scores the one met first, with the lower index, stays ahead.
            if (held == best.Length && !(score > best[^1]))
                continue;
            var place = held < best.Length ? held++ : held - 1;
            while (place > 0 && score > best[place - 1])
            {
                (best[place], chosen[place]) = (best[place - 1], chosen[place - 1]);
                place--;
            }
            (best[place], chosen[place]) = (score, e);
        }
    }
}
