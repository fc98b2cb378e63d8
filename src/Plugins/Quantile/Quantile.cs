using MoELab.Interop.Torch;

namespace MoELab.Plugins.Quantile;

// L MoE layers, T tokens, E experts, B bins, C = B + 1 edges.

/// <summary>
/// Quantile balancing (Su, kexue.fm 11619; marin; Kimi K3, arXiv 2607.24653): the bias of an expert becomes what would have let in exactly its fair share
/// of the step's tokens. With the token's cutoff <c>a</c> (the (K+1)-th largest biased score), it moves by the K/E quantile of the margins
/// <c>a - s - b</c>, and is then centred over the experts. It has no step size, and is in the unit of what the router chooses by: sigmoids with
/// <c>sigmoid-top-k</c> (Kimi K3, torchtitan), logits with its <c>compare: logit</c> (marin). It is for routers that choose a token's K largest of all
/// experts. With a <see cref="QuantileOptions.Delay"/>, the new bias is pending for one step: <c>pending</c> holds what the bias in force still lacks,
/// and training, evaluation and export use the bias in force.
/// </summary>
[Plugin("quantile", "Sets the bias that would have given each expert its fair share of the last step's tokens; no step size")]
public sealed class Quantile(QuantileOptions options) : IBalancer
{
    private const string Pending = "pending";

    public RoutingStatsKinds Needs =>
        options.Estimator == QuantileEstimator.LogBins ? RoutingStatsKinds.ScoreHistogram : RoutingStatsKinds.Margins;

    public BalancerState CreateState(int layers, int experts) => options.Delay > 0 ? new(layers, experts, Pending) : new(layers, experts);

    /// <exception cref="ArgumentException">The requested histogram or the requested margins are missing.</exception>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var (found_LE, present_L1) = options.Estimator == QuantileEstimator.LogBins ? FromHistogram(stats, state) : FromMargins(stats, state);
        var bias_LE = found_LE - found_LE.mean([-1], keepdim: true);
        var mixed_LE = (Scalars.Of(options.Ema) * state.Bias_LE).add(Scalars.Of(1 - options.Ema) * bias_LE, Scalars.One);
        if (options.Delay == 0)
        {
            state.Bias_LE.copy_(torch.where(present_L1, mixed_LE.to(torch.ScalarType.Float32), state.Bias_LE));
            return;
        }
        // A difference and not a bias, so that a balancer that takes over a bias with nothing pending keeps it.
        var waited_LE = state.Bias_LE.add(state[Pending], Scalars.One);
        state[Pending].copy_(torch.where(present_L1, (mixed_LE - waited_LE).to(torch.ScalarType.Float32), state[Pending]));
        state.Bias_LE.copy_(torch.where(present_L1, waited_LE, state.Bias_LE));
    }

    private static (Tensor Bias_LE, Tensor Present_L1) FromHistogram(in RoutingStats stats, BalancerState state)
    {
        if (stats.Histogram is not { } histogram)
            throw new ArgumentException("the balancer 'quantile' needs the histogram of margins, but got none", nameof(stats));
        return FromBins(histogram.Bins_LEB.to(state.Bias_LE.device), histogram.Edges_C.to(state.Bias_LE.device), state.Bias_LE, Share(stats, state));
    }

    private (Tensor Bias_LE, Tensor Present_L1) FromMargins(in RoutingStats stats, BalancerState state)
    {
        if (stats.Margins is not { } margins || margins.Count != state.Layers)
            throw new ArgumentException("the balancer 'quantile' needs the margins of each layer, but got none", nameof(stats));
        var found = new List<(Tensor Bias_1E, Tensor Present_11)>();
        for (var layer = 0; layer < state.Layers; layer++)
        {
            var margin_ET = margins[layer].to(state.Bias_LE.device).t().contiguous();
            var bias_1E = state.Bias_LE[layer].unsqueeze(0);
            found.Add(margin_ET.isfinite().any().item<bool>()
                ? options.Estimator == QuantileEstimator.Exact ? Sorted(margin_ET, bias_1E, Share(stats, state)) : Binned(margin_ET, bias_1E, Share(stats, state))
                : (bias_1E.to(torch.ScalarType.Float64), torch.zeros([1, 1], dtype: torch.ScalarType.Bool, device: bias_1E.device)));
        }
        return (torch.cat([.. found.Select(f => f.Bias_1E)], 0), torch.cat([.. found.Select(f => f.Present_11)], 0));
    }

    // The margin that exactly a fair share of the tokens does not exceed; all of those in reach where they are fewer.
    private static (Tensor, Tensor) Sorted(Tensor margin_ET, Tensor bias_1E, double share)
    {
        var (ascending_ET, _) = torch.sort(margin_ET, dim: -1);
        using var most = Scalars.Once((long)Math.Ceiling(share));
        var wanted_E1 = margin_ET.isfinite().sum(-1, keepdim: true).clamp_max(most).sub(Scalars.One).clamp_min(Scalars.Zero);
        var quantile_E = ascending_ET.gather(1, wanted_E1).squeeze(-1).to(torch.ScalarType.Float64);
        // An expert that no token can reach has no margin; it stays.
        var moved_E = torch.where(quantile_E.isfinite(), quantile_E, torch.zeros_like(quantile_E));
        return (bias_1E.add(moved_E, Scalars.One), torch.ones([1, 1], dtype: torch.ScalarType.Bool, device: bias_1E.device));
    }

    private (Tensor, Tensor) Binned(Tensor margin_ET, Tensor bias_1E, double share)
    {
        var finite_ET = margin_ET.isfinite();
        var known_N = margin_ET.masked_select(finite_ET).to(torch.ScalarType.Float64);
        var (low, high) = (known_N.min().item<double>(), known_N.max().item<double>());
        using var first = Scalars.Once(low);
        using var width = Scalars.Once(Math.Max((high - low) / options.Bins, double.Epsilon));
        var edges_C = torch.linspace(low, high, options.Bins + 1, dtype: torch.ScalarType.Float64, device: margin_ET.device);
        var expert_ET = Indices.Below(margin_ET.shape[0], margin_ET.device).unsqueeze(-1).expand_as(margin_ET);
        var place_N = ((known_N - first) / width).floor().clamp(Scalars.Zero, Scalars.Of(options.Bins - 1)).to(torch.ScalarType.Int64);
        var bins_1EB = torch.bincount((expert_ET.masked_select(finite_ET) * Scalars.Of(options.Bins)).add(place_N, Scalars.One), minlength: margin_ET.shape[0] * options.Bins)
            .view(1, margin_ET.shape[0], options.Bins);
        return FromBins(bins_1EB, edges_C, bias_1E, share);
    }

    private static double Share(in RoutingStats stats, BalancerState state) => (double)stats.Tokens * stats.TopK / state.Experts;

    private static (Tensor Bias_LE, Tensor Present_L1) FromBins(Tensor bins_LEB, Tensor edges_C, Tensor before_LE, double share)
    {
        var cumulative_LEB = bins_LEB.cumsum(-1);
        var total_LE1 = cumulative_LEB.narrow(2, bins_LEB.shape[2] - 1, 1);
        // If fewer tokens than its share can reach an expert, it takes all of them.
        using var most = Scalars.Once(share);
        var wanted_LE1 = total_LE1.to(torch.ScalarType.Float64).clamp_max(most);
        var index_LE1 = cumulative_LEB.lt(wanted_LE1).sum(-1, keepdim: true).clamp_max(Scalars.Of(bins_LEB.shape[2] - 1));
        var inside_LE1 = bins_LEB.gather(2, index_LE1);
        var below_LE1 = cumulative_LEB.gather(2, index_LE1) - inside_LE1;
        var (low_LE, high_LE) = (edges_C.index_select(0, index_LE1.reshape(-1)).view_as(before_LE),
            edges_C.index_select(0, index_LE1.add(Scalars.One, Scalars.One).reshape(-1)).view_as(before_LE));
        var place_LE = ((wanted_LE1 - below_LE1) / inside_LE1.clamp_min(Scalars.One)).squeeze(-1);
        return (before_LE.add(low_LE, Scalars.One).add(place_LE * (high_LE - low_LE), Scalars.One), total_LE1.squeeze(-1).sum(-1, keepdim: true).gt(Scalars.Zero));
    }
}
