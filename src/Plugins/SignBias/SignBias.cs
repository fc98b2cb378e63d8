using MoELab.Interop.Torch;
using MoELab.Routing.Balancing;

namespace MoELab.Plugins.SignBias;

// L MoE layers, E experts.

/// <summary>
/// Auxiliary-loss-free balancing by the sign of the violation (Wang et al., arXiv 2408.15664): <c>d = gamma * sign(mean - n)</c>,
/// <c>b = b + d</c>, with the centring of <see cref="SignBiasOptions.Variant"/>. An expert with exactly the mean load gets no step.
/// <c>gamma</c> may follow a schedule over the run's steps (KempnerForge has constant, cosine and warm-up).
/// </summary>
[Plugin("sign-bias", "Auxiliary-loss-free balancing: the bias steps by the sign of the violation (Trinity Nano and Mini, DeepSeek-V3)")]
public sealed class SignBias(SignBiasOptions options) : IBalancer
{
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var loads = LayerLoads.Of(stats, state.Bias_LE.device);
        using var gamma = Scalars.Once(options.Gamma * Factor(step));
        var delta_LE = gamma * torch.sign(loads.Violation_LE());
        if (options.Variant == SignBiasVariant.CentredUpdate)
            delta_LE = Centre(delta_LE);
        var bias_LE = state.Bias_LE.add(delta_LE, Scalars.One);
        loads.Store(state.Bias_LE, options.Variant == SignBiasVariant.CentredBias ? Centre(bias_LE) : bias_LE);
    }

    /// <summary>What the schedule makes of gamma in a step: the warm-up is taken at the step's end, the cosine at its beginning.</summary>
    internal double Factor(StepInfo step)
    {
        var warmup = options.Warmup * step.TotalSteps;
        var rise = warmup > 0 ? Math.Min(1, step.Step / warmup) : 1;
        var left = step.TotalSteps - warmup;
        var done = left > 0 ? Math.Clamp((step.Step - 1 - warmup) / left, 0, 1) : 0;
        return options.Schedule == SignBiasSchedule.Cosine ? rise * (options.Final + ((1 - options.Final) * (1 + Math.Cos(Math.PI * done)) / 2)) : rise;
    }

    private static Tensor Centre(Tensor value_LE) => value_LE - value_LE.mean([-1], keepdim: true);
}
