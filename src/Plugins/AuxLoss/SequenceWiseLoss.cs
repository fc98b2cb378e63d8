namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts, S sequences.

/// <summary>
/// The sequence-wise balance loss (DeepSeek-V3; Trinity, arXiv 2602.17004, equations 29 to 32): for each sequence
/// <c>sum_e f_e P_e</c> with <c>f_e = E / (K T) * #{t : e chosen for t}</c>, the actual choice with the bias, and <c>P_e</c> the mean over the
/// sequence's tokens of <c>s_e / sum s</c>, without the bias; then the mean over sequences. If K varies, K T is the number of
/// choices in the sequence. Uniform routing gives 1. Gradients flow through P alone.
/// </summary>
[Plugin("sequence-wise", "Balance loss within each sequence (DeepSeek-V3, Trinity Large)")]
public sealed class SequenceWiseLoss(SequenceWiseLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;

    public Tensor Compute(in AuxiliaryLossInput input)
    {
        using var scope = torch.NewDisposeScope();
        var router = Shares.Router(input, "sequence-wise");
        var (tokens, experts) = (router.Scores_TE.shape[0], router.Scores_TE.shape[1]);
        var share_SE = Shares.OfScores(router.Scores_TE).view(input.Sequences, tokens / input.Sequences, experts).mean([1]);
        return Shares.Product(Shares.Counts(router.Choice, input.Sequences, tokens, experts), share_SE).mean().MoveToOuterDisposeScope();
    }
}
