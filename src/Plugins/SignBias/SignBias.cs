using MoELab.Routing.Balancing;

namespace MoELab.Plugins.SignBias;

// L MoE layers, E experts.

/// <summary>
/// Auxiliary-loss-free balancing by the sign of the violation (Wang et al., arXiv 2408.15664): <c>d = gamma * sign(mean - n)</c>,
/// <c>b = b + d</c>, with the centring of <see cref="SignBiasOptions.Variant"/>. An expert with exactly the mean load gets no step.
/// </summary>
[Plugin("sign-bias", "Auxiliary-loss-free balancing: the bias steps by the sign of the violation (Trinity Nano and Mini, DeepSeek-V3)")]
public sealed class SignBias(SignBiasOptions options) : IBalancer
{
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var loads = LayerLoads.Of(stats, state.Bias_LE.device);
        var delta_LE = options.Gamma * torch.sign(loads.Violation_LE());
        if (options.Variant == SignBiasVariant.CentredUpdate)
            delta_LE = Centre(delta_LE);
        var bias_LE = state.Bias_LE + delta_LE;
        loads.Store(state.Bias_LE, options.Variant == SignBiasVariant.CentredBias ? Centre(bias_LE) : bias_LE);
    }

    private static Tensor Centre(Tensor value_LE) => value_LE - value_LE.mean([-1], keepdim: true);
}
