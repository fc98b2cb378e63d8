using MoELab.Routing;

namespace MoELab.Experts;

/// <summary>
/// Computes routed SwiGLU experts: gather, <c>down(silu(gate(x)) * up(x))</c>, weighted scatter, with gradients for tokens,
/// weights and gates.
/// </summary>
public interface IExpertKernel
{
    /// <summary>Whether it runs here; if not, why, in one sentence.</summary>
    bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason);

    /// <summary>
    /// Whether another kernel may take its place where it does not run: true unless it computes something else than SwiGLU experts.
    /// </summary>
    bool IsReplaceable => true;

    /// <summary>Sorts a choice by expert for <see cref="Run"/>; a kernel may do so on its device without a wait.</summary>
    /// <param name="choice">Which tokens go to which experts.</param>
    /// <param name="tokens">T.</param>
    /// <param name="experts">E.</param>
    /// <returns>A plan on the choice's device; whoever uses it last disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A choice names an expert that does not exist.</exception>
    internal DispatchPlan Plan(RouterChoice choice, int tokens, int experts) => DispatchPlanner.Plan(choice, tokens, experts);

    /// <summary>Runs the experts.</summary>
    /// <param name="x_TD">[T, D] tokens.</param>
    /// <param name="weights">The experts.</param>
    /// <param name="gates_N">float32 [N] weights, in the router's order of choices.</param>
    /// <param name="plan">Rows sorted by expert.</param>
    /// <returns>[T, D].</returns>
    Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan);
}
