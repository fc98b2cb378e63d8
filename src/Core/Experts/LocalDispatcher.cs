using MoELab.Routing;

namespace MoELab.Experts;

/// <summary>All experts are on this rank: nothing moves, rows are only sorted.</summary>
public sealed class LocalDispatcher : ITokenDispatcher
{
    /// <inheritdoc/>
    public Tensor Run(Tensor x_TD, RouterChoice choice, Tensor gates_N, ExpertWeights weights, IExpertKernel kernel)
    {
        using var plan = kernel.Plan(choice, (int)x_TD.shape[0], weights.Experts);
        return kernel.Run(x_TD, weights, gates_N, plan);
    }
}
