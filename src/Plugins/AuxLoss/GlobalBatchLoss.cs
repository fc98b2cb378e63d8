namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts.

/// <summary>
/// The global-batch load-balancing loss (Qiu et al., arXiv 2501.11873): as <see cref="SwitchLoss"/>, but <c>f_e</c> is expert e's share of the
/// choices of the whole optimizer step so far, over all micro-batches of this rank, so that a micro-batch may specialise. With <c>window</c> it is the
/// share over a running window of steps.
/// </summary>
[Plugin("global-batch", "Load-balancing loss with loads over the whole step (Qwen)")]
public sealed class GlobalBatchLoss(GlobalBatchLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;
    public int CountSteps => options.Window;

    /// <exception cref="ArgumentException">The step's counts are missing.</exception>
    public Tensor Compute(in AuxiliaryLossInput input)
    {
        if (input.StepCounts_E is not { } counts_E)
            throw new ArgumentException("the loss 'global-batch' needs the counts of the step, but got none", nameof(input));
        using var scope = torch.NewDisposeScope();
        var router = Shares.Router(input, "global-batch");
        var share_1E = Shares.OfScores(router.Scores_TE).mean([0], keepdim: true);
        var count_1E = counts_E.detach().to(torch.ScalarType.Float32, router.Scores_TE.device).unsqueeze(0);
        return Shares.Product(count_1E, share_1E).sum().MoveToOuterDisposeScope();
    }
}
