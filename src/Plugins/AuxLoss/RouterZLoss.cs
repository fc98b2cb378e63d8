namespace MoELab.Plugins.AuxLoss;

/// <summary>
/// Router z-loss (ST-MoE, Zoph et al., arXiv 2202.08906): the mean over tokens of <c>logsumexp(z)^2</c> over the router's logits; keeps them small.
/// </summary>
[Plugin("router-z", "Mean squared logsumexp of the router's logits (ST-MoE)")]
public sealed class RouterZLoss(RouterZLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;

    public Tensor Compute(in AuxiliaryLossInput input) => Shares.SquaredLogSumExp(input.Logits);
}
