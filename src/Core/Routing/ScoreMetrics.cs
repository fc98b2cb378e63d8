using MoELab.Interop;

namespace MoELab.Routing;

// T tokens, E experts.

/// <summary>What the scores of one micro-batch of one layer say about the router's health; means over tokens.</summary>
/// <param name="Entropy">Router entropy: mean over tokens of <c>-sum p ln p / ln E</c> with <c>p = s / sum s</c>. 1 is indifference, 0 certainty.</param>
/// <param name="Margin">Top-k margin: mean over tokens of the K-th minus the (K+1)-th largest biased score; 0 when K = E.</param>
/// <param name="Saturated">Share of scores above 0.99 or below 0.01, where a sigmoid passes little gradient.</param>
public readonly record struct ScoreMetrics(double Entropy, double Margin, double Saturated)
{
    /// <summary>float64 [3]: entropy, margin and saturated share, where the scores are, without waiting for a card.</summary>
    internal static Tensor OnDevice(Tensor scores_TE, Tensor bias_E, int k)
    {
        if (scores_TE.device_type == DeviceType.CPU)
        {
            var host = Of(scores_TE, bias_E, k);
            return torch.tensor(new[] { host.Entropy, host.Margin, host.Saturated });
        }
        return Measure(scores_TE, bias_E, k);
    }

    /// <summary>The same by torch's operators.</summary>
    internal static Tensor Measure(Tensor scores_TE, Tensor bias_E, int k)
    {
        using var scope = torch.NewDisposeScope();
        var experts = (int)scores_TE.shape[1];
        var sum_T = scores_TE.sum(-1).to(torch.ScalarType.Float64);
        var weighted_T = (scores_TE * scores_TE.clamp_min(1e-37).log()).sum(-1).to(torch.ScalarType.Float64);
        var entropy_T = torch.where(sum_T.gt(0), (sum_T.log() - (weighted_T / sum_T)) / Math.Log(Math.Max(2, experts)), torch.zeros_like(sum_T));
        var (best_TK, _) = (scores_TE + bias_E).topk(Math.Min(k + 1, experts), -1);
        var margin_T = k < experts ? best_TK.select(1, k - 1) - best_TK.select(1, k) : torch.zeros_like(sum_T);
        var saturated_TE = scores_TE.gt(0.99f).logical_or(scores_TE.lt(0.01f));
        return torch.stack([(experts > 1 ? entropy_T : torch.zeros_like(sum_T)).mean(), margin_T.to(torch.ScalarType.Float64).mean(), saturated_TE.to(torch.ScalarType.Float64).mean()])
            .MoveToOuterDisposeScope();
    }

    /// <summary>Reads them from scores. One pass on the host.</summary>
    /// <param name="scores_TE">float32 [T, E], not negative: <see cref="RouterOutput.Scores_TE"/>.</param>
    /// <param name="bias_E">float32 [E].</param>
    /// <param name="k">K.</param>
    public static ScoreMetrics Of(Tensor scores_TE, Tensor bias_E, int k)
    {
        using var scope = torch.NewDisposeScope();
        var host_TE = scores_TE.detach().to(torch.ScalarType.Float32, torch.CPU).contiguous();
        var scores = HostMemory.Of<float>(host_TE);
        var bias = HostMemory.Copy<float>(bias_E, torch.ScalarType.Float32);
        var (experts, tokens, held) = (bias.Length, scores.Length / bias.Length, Math.Min(k + 1, bias.Length));
        var chosen = new long[tokens * held];
        TopK.Select(scores, bias, experts, chosen, held);
        double entropy = 0, margin = 0, saturated = 0;
        for (var t = 0; t < tokens; t++)
        {
            var row = scores.Slice(t * experts, experts);
            var best = chosen.AsSpan(t * held, held);
            if (held > k)
                margin += row[(int)best[k - 1]] + bias[best[k - 1]] - row[(int)best[k]] - bias[best[k]];
            double sum = 0, weighted = 0;
            foreach (var s in row)
            {
                sum += s;
                weighted += s > 0 ? s * Math.Log(s) : 0;
                saturated += s is > 0.99f or < 0.01f ? 1 : 0;
            }
            entropy += sum > 0 && experts > 1 ? (Math.Log(sum) - (weighted / sum)) / Math.Log(experts) : 0;
        }
        return new ScoreMetrics(entropy / tokens, margin / tokens, saturated / scores.Length);
    }
}
