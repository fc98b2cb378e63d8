namespace MoELab.Contracts;

/// <summary>
/// Computes routed SwiGLU experts: gather, <c>down(silu(gate(x)) * up(x))</c>, weighted scatter, with gradients for tokens, weights and gates.
/// </summary>
public interface IExpertKernel
{
    /// <summary>Whether it runs here; if not, why, in one sentence.</summary>
    bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason);

    /// <summary>
    /// Whether another kernel may take its place where it does not run: true unless it computes something else than SwiGLU experts.
    /// </summary>
    bool IsReplaceable => true;

    /// <summary>Runs the experts.</summary>
    /// <param name="x_TD">[T, D] tokens.</param>
    /// <param name="weights">The experts.</param>
    /// <param name="gates_N">float32 [N] weights, in the router's order of choices.</param>
    /// <param name="plan">Rows sorted by expert.</param>
    /// <returns>[T, D].</returns>
    Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan);
}
