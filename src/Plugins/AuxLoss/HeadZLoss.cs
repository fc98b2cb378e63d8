namespace MoELab.Plugins.AuxLoss;

/// <summary>
/// LM-head z-loss (Trinity Large): the mean over tokens of <c>logsumexp(z)^2</c> over the output logits; keeps them small. Not the router's z-loss.
/// </summary>
[Plugin("head-z", "Mean squared logsumexp of the output logits (Trinity Large)")]
public sealed class HeadZLoss(HeadZLossOptions options) : IAuxiliaryLoss
{
    public AuxiliaryLossSite Site => AuxiliaryLossSite.Head;
    public double Weight => options.Weight;

    public Tensor Compute(in AuxiliaryLossInput input) => Shares.SquaredLogSumExp(input.Logits);
}
