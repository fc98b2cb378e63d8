namespace MoELab.Plugins.AuxLoss;

/// <summary>
/// LM-head z-loss (Trinity Large): the mean over tokens of <c>logsumexp(z)^2</c> over the output logits; keeps them small. Not the router's z-loss.
/// </summary>
[Plugin("head-z", "Mean squared logsumexp of the output logits (Trinity Large)")]
public sealed class HeadZLoss(HeadZLossOptions options) : IAuxiliaryLoss
{
    /// <inheritdoc/>
    public AuxiliaryLossSite Site => AuxiliaryLossSite.Head;

    /// <inheritdoc/>
    public double Weight => options.Weight;

    /// <inheritdoc/>
    public Tensor Compute(in AuxiliaryLossInput input) => Shares.SquaredLogSumExp(input.Logits);
}
