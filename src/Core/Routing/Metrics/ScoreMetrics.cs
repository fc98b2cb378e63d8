using MoELab.Interop.Torch;

namespace MoELab.Routing.Metrics;

// T tokens, E experts.

/// <summary>
/// What one micro-batch of one layer says about the router's health; means over tokens. NaN where a figure does not apply to the router.
/// </summary>
/// <param name="Entropy">
/// Router entropy: mean over tokens of <c>-sum p ln p / ln E</c> with <c>p = s / sum s</c>, over the tokens that have a score above 0. 1 is
/// indifference, 0 certainty. For scores that are shares of something: not for logits, nor where scores play no part.
/// </param>
/// <param name="Margin">
/// Top-k margin: mean over tokens of the K-th minus the (K+1)-th largest of what the router compares, bias included; in its unit, which is a score
/// for one router and a logit for another. For routers that choose a token's K largest; a token with no more than K experts in reach is left out.
/// </param>
/// <param name="Saturated">Share of scores above 0.99 or below 0.01, where a sigmoid passes little gradient. For sigmoid scores.</param>
public readonly record struct ScoreMetrics(double Entropy, double Margin, double Saturated)
{
    /// <summary>Reads them from a router's output. One pass on the host. The output is one that the router chose itself, with this bias.</summary>
    public static ScoreMetrics Of(IRouter router, RouterOutput output, Tensor bias_E, int k)
    {
        using var scope = torch.NewDisposeScope();
        var (entropy, saturated) = router.ScoreKind is ScoreKind.None or ScoreKind.Logit ? (double.NaN, double.NaN)
            : Scores(Host(output.Scores_TE), (int)bias_E.shape[0]);
        var margin = Compared(router, output, k) is { } selection_TE
            ? Margins(Host(selection_TE), HostMemory.Copy<float>(bias_E, torch.ScalarType.Float32), k) : double.NaN;
        return new ScoreMetrics(entropy, margin, router.ScoreKind == ScoreKind.Sigmoid ? saturated : double.NaN);
    }

    /// <summary>float64 [3]: entropy, margin and saturated share, where the scores are, without waiting for a GPU.</summary>
    internal static Tensor OnDevice(IRouter router, RouterOutput output, Tensor bias_E, int k)
    {
        if (output.Scores_TE.device_type != DeviceType.CPU)
            return Measure(router, output, bias_E, k);
        var host = Of(router, output, bias_E, k);
        return torch.tensor(new[] { host.Entropy, host.Margin, host.Saturated });
    }

    /// <summary>The same by torch's operators.</summary>
    internal static Tensor Measure(IRouter router, RouterOutput output, Tensor bias_E, int k)
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = output.Scores_TE.detach();
        var none = torch.full([], Scalars.Of(double.NaN), dtype: torch.ScalarType.Float64, device: scores_TE.device);
        var (entropy, margin, saturated) = (none, none, none);
        if (router.ScoreKind is not (ScoreKind.None or ScoreKind.Logit) && scores_TE.shape[1] > 1)
        {
            var sum_T = scores_TE.sum(-1).to(torch.ScalarType.Float64);
            var weighted_T = (scores_TE * scores_TE.clamp_min(Scalars.Of(1e-37)).log()).sum(-1).to(torch.ScalarType.Float64);
            entropy = MeanOf((sum_T.log() - (weighted_T / sum_T)) / Scalars.Of(Math.Log(scores_TE.shape[1])), sum_T.gt(Scalars.Zero));
        }
        if (router.ScoreKind == ScoreKind.Sigmoid)
            saturated = scores_TE.gt(Scalars.Of(0.99f)).logical_or(scores_TE.lt(Scalars.Of(0.01f))).to(torch.ScalarType.Float64).mean();
        if (Compared(router, output, k) is { } selection_TE)
        {
            var (best_TK, _) = selection_TE.add(bias_E, Scalars.One).topk(k + 1, -1);
            margin = MeanOf((best_TK.select(1, k - 1) - best_TK.select(1, k)).to(torch.ScalarType.Float64), best_TK.select(1, k).isfinite());
        }
        return torch.stack([entropy, margin, saturated]).MoveToOuterDisposeScope();
    }

    // What the bias was added to; null where the router does not choose a token's K largest, or where nothing is left to be the next.
    private static Tensor? Compared(IRouter router, RouterOutput output, int k) =>
        router.SelectionKind == ScoreKind.None || output.Choice.TopK != k || k >= output.Scores_TE.shape[1] ? null
            : (output.Selection_TE ?? output.Scores_TE).detach();

    private static Tensor MeanOf(Tensor value_T, Tensor counts_T) =>
        torch.where(counts_T, value_T, torch.zeros_like(value_T)).sum() / counts_T.to(torch.ScalarType.Float64).sum();

    private static ReadOnlySpan<float> Host(Tensor values_TE) =>
        HostMemory.Of<float>(values_TE.detach().to(torch.ScalarType.Float32, torch.CPU).contiguous());

    private static double Margins(ReadOnlySpan<float> compared, ReadOnlySpan<float> bias, int k)
    {
        var (experts, tokens) = (bias.Length, compared.Length / bias.Length);
        var chosen = new long[tokens * (k + 1)];
        TopK.Select(compared, bias, experts, chosen, k + 1);
        double margin = 0;
        var counted = 0;
        for (var t = 0; t < tokens; t++)
        {
            var row = compared.Slice(t * experts, experts);
            var (last, next) = ((int)chosen[(t * (k + 1)) + k - 1], (int)chosen[(t * (k + 1)) + k]);
            if (!float.IsFinite(row[next]))
                continue;
            margin += row[last] + bias[last] - row[next] - bias[next];
            counted++;
        }
        return margin / counted;
    }

    private static (double Entropy, double Saturated) Scores(ReadOnlySpan<float> scores, int experts)
    {
        double entropy = 0, saturated = 0;
        var counted = 0;
        for (var at = 0; at < scores.Length; at += experts)
        {
            double sum = 0, weighted = 0;
            foreach (var s in scores.Slice(at, experts))
            {
                sum += s;
                weighted += s > 0 ? s * Math.Log(s) : 0;
                saturated += s is > 0.99f or < 0.01f ? 1 : 0;
            }
            if (sum <= 0)
                continue;
            entropy += Math.Log(sum) - (weighted / sum);
            counted++;
        }
        return (experts > 1 ? entropy / counted / Math.Log(experts) : double.NaN, saturated / scores.Length);
    }
}
