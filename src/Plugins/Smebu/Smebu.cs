using MoELab.Interop.Torch;
using MoELab.Routing.Balancing;

namespace MoELab.Plugins.Smebu;

// L MoE layers, E experts.

/// <summary>
/// Soft-clamped Momentum Expert Bias Updates (Trinity Large, arXiv 2602.17004, equations 23 to 28). For counts <c>n</c> with mean
/// <c>n'</c> of a layer: violation <c>v = (n' - n) / n'</c>; step <c>d = lambda * tanh(kappa * v)</c>, centred over the experts;
/// momentum <c>m = beta * m + (1 - beta) * d</c>; bias <c>b = b + m</c>. Computed in float64, kept in float32.
/// </summary>
[Plugin("smebu", "Soft-clamped Momentum Expert Bias Updates (Trinity Large)")]
public sealed class Smebu(SmebuOptions options) : IBalancer
{
    private const string Momentum = "momentum";

    public BalancerState CreateState(int layers, int experts) => new(layers, experts, Momentum);

    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var loads = LayerLoads.Of(stats, state.Bias_LE.device);
        var delta_LE = Scalars.Of(options.Lambda) * torch.tanh(Scalars.Of(options.Kappa) * loads.Violation_LE());
        delta_LE = delta_LE - delta_LE.mean([-1], keepdim: true);
        var momentum_LE = (Scalars.Of(options.Beta) * state[Momentum]).add(Scalars.Of(1 - options.Beta) * delta_LE, Scalars.One);
        loads.Store(state[Momentum], momentum_LE);
        loads.Store(state.Bias_LE, state.Bias_LE.add(momentum_LE, Scalars.One));
    }
}
