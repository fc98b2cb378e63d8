using MoELab.Interop.Torch;
using MoELab.Routing.Balancing;

namespace MoELab.Plugins.Proportional;

// L MoE layers, E experts.

/// <summary>
/// Steps in proportion to the missing load, without a clamp: <c>b = b + gamma * (1/E - f)</c> with load shares <c>f = n / sum n</c>. The steps of a
/// layer sum to 0. Trinity's report (arXiv 2602.17004) found such an update to lower MaxVio early and to be unstable later.
/// </summary>
[Plugin("proportional", "The bias steps in proportion to the missing load share, unclamped")]
public sealed class Proportional(ProportionalOptions options) : IBalancer
{
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var loads = LayerLoads.Of(stats, state.Bias_LE.device);
        loads.Store(state.Bias_LE, state.Bias_LE.add(Scalars.Of(options.Gamma / state.Experts) * loads.Violation_LE(), Scalars.One));
    }
}
