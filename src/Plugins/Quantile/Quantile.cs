using MoELab.Routing;

namespace MoELab.Plugins.Quantile;

// L MoE layers, E experts, B bins.

/// <summary>
/// Quantile balancing: the bias of an expert becomes what would have let in exactly its fair share of the step's tokens. With the
/// token's cutoff <c>a</c> (the (K+1)-th largest biased score) and margins <c>a - s</c>, it is the K/E quantile of the expert's margins,
/// interpolated linearly inside a bin of the histogram, then centred over the experts. It has no step size.
/// </summary>
[Plugin("quantile", "The bias that would have given each expert its fair share of the last step's tokens; no step size")]
public sealed class Quantile(QuantileOptions options) : IBalancer
{
    /// <inheritdoc/>
    public RoutingStatsKinds Needs => RoutingStatsKinds.ScoreHistogram;

    /// <inheritdoc/>
    public BalancerState CreateState(int layers, int experts) => new(layers, experts);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The histogram that it asked for is missing.</exception>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        if (stats.Histogram is not { } histogram)
            throw new ArgumentException("the quantile balancer got no histogram; expected what its Needs ask for", nameof(stats));
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var bins_LEB = histogram.Bins_LEB.to(state.Bias_LE.device);
        var width = (histogram.High - histogram.Low) / bins_LEB.shape[2];
        var cumulative_LEB = bins_LEB.cumsum(-1);
        var total_LE1 = cumulative_LEB.narrow(2, bins_LEB.shape[2] - 1, 1);
        var wanted_LE1 = total_LE1.to(torch.ScalarType.Float64) * ((double)stats.TopK / state.Experts);
        var index_LE1 = cumulative_LEB.lt(wanted_LE1).sum(-1, keepdim: true).clamp_max(bins_LEB.shape[2] - 1);
        var inside_LE1 = bins_LEB.gather(2, index_LE1);
        var below_LE1 = cumulative_LEB.gather(2, index_LE1) - inside_LE1;
        var place_LE1 = index_LE1 + ((wanted_LE1 - below_LE1) / inside_LE1.clamp_min(1));
        var bias_LE = (histogram.Low + (place_LE1 * width)).squeeze(-1);
        bias_LE = bias_LE - bias_LE.mean([-1], keepdim: true);
        var mixed_LE = (options.Ema * state.Bias_LE) + ((1 - options.Ema) * bias_LE);
        var present_L1 = total_LE1.squeeze(-1).sum(-1, keepdim: true).gt(0);
        state.Bias_LE.copy_(torch.where(present_L1, mixed_LE.to(torch.ScalarType.Float32), state.Bias_LE));
    }
}
