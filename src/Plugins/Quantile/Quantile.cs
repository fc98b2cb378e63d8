namespace MoELab.Plugins.Quantile;

// L MoE layers, E experts, B bins.

/// <summary>
/// Quantile balancing: the bias of an expert becomes what would have let in exactly its fair share of the step's tokens. With the
/// token's cutoff <c>a</c> (the (K+1)-th largest biased score), it moves by the K/E quantile of the margins <c>a - s - b</c>,
/// interpolated linearly inside a bin of the histogram, and is then centred over the experts. It has no step size, and is in the unit of
/// what the router chooses by, a score or a logit. It is for routers that choose a token's K largest of all experts.
/// </summary>
[Plugin("quantile", "Sets the bias that would have given each expert its fair share of the last step's tokens; no step size")]
public sealed class Quantile(QuantileOptions options) : IBalancer
{
    public RoutingStatsKinds Needs => RoutingStatsKinds.ScoreHistogram;

    /// <exception cref="ArgumentException">The requested histogram is missing.</exception>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        if (stats.Histogram is not { } histogram)
            throw new ArgumentException("the balancer 'quantile' needs the histogram of margins, but got none", nameof(stats));
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var (bins_LEB, edges_C) = (histogram.Bins_LEB.to(state.Bias_LE.device), histogram.Edges_C.to(state.Bias_LE.device));
        var cumulative_LEB = bins_LEB.cumsum(-1);
        var total_LE1 = cumulative_LEB.narrow(2, bins_LEB.shape[2] - 1, 1);
        // If fewer tokens than its share can reach an expert, it takes all of them.
        var wanted_LE1 = total_LE1.to(torch.ScalarType.Float64).clamp_max((double)stats.Tokens * stats.TopK / state.Experts);
        var index_LE1 = cumulative_LEB.lt(wanted_LE1).sum(-1, keepdim: true).clamp_max(bins_LEB.shape[2] - 1);
        var inside_LE1 = bins_LEB.gather(2, index_LE1);
        var below_LE1 = cumulative_LEB.gather(2, index_LE1) - inside_LE1;
        var (low_LE, high_LE) = (edges_C.index_select(0, index_LE1.reshape(-1)).view_as(state.Bias_LE),
            edges_C.index_select(0, (index_LE1 + 1).reshape(-1)).view_as(state.Bias_LE));
        var place_LE = ((wanted_LE1 - below_LE1) / inside_LE1.clamp_min(1)).squeeze(-1);
        var bias_LE = state.Bias_LE + low_LE + (place_LE * (high_LE - low_LE));
        bias_LE = bias_LE - bias_LE.mean([-1], keepdim: true);
        var mixed_LE = (options.Ema * state.Bias_LE) + ((1 - options.Ema) * bias_LE);
        var present_L1 = total_LE1.squeeze(-1).sum(-1, keepdim: true).gt(0);
        state.Bias_LE.copy_(torch.where(present_L1, mixed_LE.to(torch.ScalarType.Float32), state.Bias_LE));
    }
}
