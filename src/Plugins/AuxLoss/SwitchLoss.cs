namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts.

/// <summary>
/// The load-balancing loss of GShard and Switch (Fedus et al., arXiv 2101.03961) over one micro-batch of one layer:
/// <c>E * sum_e f_e P_e</c>, with <c>f_e</c> the share of choices that went to expert e (of T K for a top-k router) and <c>P_e</c> the mean
/// over tokens of <c>s_e / sum s</c>. Uniform routing gives 1. Gradients flow through P alone.
/// </summary>
[Plugin("switch", "Load-balancing loss over the micro-batch (GShard, Switch)")]
public sealed class SwitchLoss(SwitchLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;

    public Tensor Compute(in AuxiliaryLossInput input)
    {
        using var scope = torch.NewDisposeScope();
        var router = Shares.Router(input, "switch");
        var (tokens, experts) = (router.Scores_TE.shape[0], router.Scores_TE.shape[1]);
        var share_1E = Shares.OfScores(router.Scores_TE).mean([0], keepdim: true);
        return Shares.Product(Shares.Counts(router.Choice, 1, tokens, experts), share_1E).sum().MoveToOuterDisposeScope();
    }
}
