namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts.

/// <summary>
/// The global-batch load-balancing loss (Qiu et al., arXiv 2501.11873): as <see cref="SwitchLoss"/>, but <c>f_e</c> is expert e's share of the
/// choices of the whole optimizer step so far, over all micro-batches of this rank, so that a micro-batch may specialise.
/// </summary>
[Plugin("global-batch", "Load-balancing loss with loads over the whole step (Qwen)")]
public sealed class GlobalBatchLoss(GlobalBatchLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;

    /// <exception cref="ArgumentException">The step's counts are missing.</exception>
    public Tensor Compute(in AuxiliaryLossInput input) => Shares.WithStepCounts(input, "global-batch");
}
