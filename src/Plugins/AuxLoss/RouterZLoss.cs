namespace MoELab.Plugins.AuxLoss;

/// <summary>
/// Router z-loss (ST-MoE, Zoph et al., arXiv 2202.08906): the mean over tokens of <c>logsumexp(z)^2</c> over the router's logits; keeps them small.
/// </summary>
[Plugin("router-z", "Mean squared logsumexp of the router's logits (ST-MoE)")]
public sealed class RouterZLoss(RouterZLossOptions options) : IAuxiliaryLoss
{
    /// <inheritdoc/>
    public AuxiliaryLossSite Site => AuxiliaryLossSite.Router;

    /// <inheritdoc/>
    public double Weight => options.Weight;

    /// <inheritdoc/>
    public Tensor Compute(in AuxiliaryLossInput input)
    {
        using var scope = torch.NewDisposeScope();
        return torch.logsumexp(input.Logits.to(torch.ScalarType.Float32), -1).square().mean().MoveToOuterDisposeScope();
    }
}
