using MoELab.Interop.Torch;

namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts, N choices.

/// <summary>
/// The importance loss of noisy top-k gating (Shazeer et al., arXiv 1701.06538, equations 6 and 7) over one micro-batch of one layer: the squared
/// coefficient of variation, over the experts, of the sum of the gates that each expert got. 0 if all weigh the same; the population variance is
/// taken. Gradients flow through the gates.
/// </summary>
[Plugin("importance", "Squared variation of the experts' gate sums (noisy top-k, Shazeer et al.)")]
public sealed class ImportanceLoss(ImportanceLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;

    public Tensor Compute(in AuxiliaryLossInput input)
    {
        using var scope = torch.NewDisposeScope();
        var router = Shares.Router(input, "importance");
        var (tokens, experts) = (router.Scores_TE.shape[0], router.Scores_TE.shape[1]);
        // Each index occurs at most once, so that the order of the sum is the same on every device.
        var place_N = (router.Choice.Token_N * Scalars.Of(experts)).add(router.Choice.Expert_N, Scalars.One);
        var gates_TE = torch.zeros(tokens * experts, dtype: torch.ScalarType.Float32, device: router.Gates_N.device)
            .index_add(0, place_N, router.Gates_N, Scalars.One).view(tokens, experts);
        return Shares.Variation(gates_TE.sum([0])).MoveToOuterDisposeScope();
    }
}
