namespace MoELab.Experts;

/// <summary>All experts are on this rank: nothing moves, rows are only sorted.</summary>
public sealed class LocalDispatcher : ITokenDispatcher
{
    /// <inheritdoc/>
    public Tensor Run(Tensor x_TD, RouterChoice choice, Tensor gates_N, ExpertWeights weights, IExpertKernel kernel)
    {
        var tokens = (int)x_TD.shape[0];
        using var plan = kernel is IRoutingKernel routing ? routing.Plan(choice, tokens, weights.Experts)
            : DispatchPlanner.Plan(choice, tokens, weights.Experts);
        return kernel.Run(x_TD, weights, gates_N, plan);
    }
}
