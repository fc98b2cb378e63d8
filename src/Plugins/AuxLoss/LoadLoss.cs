using MoELab.Interop.Torch;

namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts, K chosen.

/// <summary>
/// The load loss of noisy top-k gating (Shazeer et al., arXiv 1701.06538, equations 8 to 11) over one micro-batch of one layer: the squared
/// coefficient of variation, over the experts, of <c>sum_x P(x, e)</c>, with <c>P(x, e) = Phi((z_e + b_e - c_e) / sigma_e)</c> the probability that
/// expert e would be among the K chosen if its noise were drawn anew: z are the logits without noise, sigma is the noise's standard deviation, b the
/// expert bias (the paper has none), and c the K-th largest of the other experts' noisy and biased logits. 0 if all loads are equal. Gradients flow
/// through z, sigma and c. It needs the router <c>noisy-top-k</c>.
/// </summary>
[Plugin("load", "Squared variation of the experts' expected loads; for noisy-top-k (Shazeer et al.)")]
public sealed class LoadLoss(LoadLossOptions options) : IAuxiliaryLoss
{
    private const double SmallestScale = 1e-6;

    public double Weight => options.Weight;
    public IReadOnlyList<string> RouterMatrices => ["noise"];

    /// <exception cref="ArgumentException">The router drew no noise.</exception>
    public Tensor Compute(in AuxiliaryLossInput input)
    {
        using var scope = torch.NewDisposeScope();
        var router = Shares.Router(input, "load");
        if (router is not { NoiseScale_TE: { } drawn_TE, Selection_TE: { } noisy_TE })
            throw new ArgumentException("the loss 'load' needs a router's noise, but got none; expected the router noisy-top-k in training",
                nameof(input));
        var k = input.TopK;
        if (k >= noisy_TE.shape[1])
            return (input.Logits * Scalars.Zero).sum().MoveToOuterDisposeScope();
        var scale_TE = drawn_TE.clamp_min(Scalars.Of(SmallestScale));
        var biased_TE = input.Bias_E is { } bias_E ? input.Logits.add(bias_E, Scalars.One) : input.Logits;
        // The sampled noise is kept; the noisy logits depend on their parts.
        var normal_TE = ((noisy_TE - input.Logits) / scale_TE).detach();
        var compared_TE = biased_TE.add(normal_TE * scale_TE, Scalars.One);
        var (best_TK, _) = compared_TE.topk(k + 1, -1);
        var (last_T1, next_T1) = (best_TK.narrow(1, k - 1, 1), best_TK.narrow(1, k, 1));
        // The K-th largest of the others is the next expert for a chosen one, and the last chosen one for the rest.
        var cutoff_TE = torch.where(compared_TE.gt(next_T1), next_T1, last_T1);
        var chance_TE = torch.special.erf((biased_TE - cutoff_TE) / scale_TE / Scalars.Of(Math.Sqrt(2))).add(Scalars.One, Scalars.One) / Scalars.Two;
        return Shares.Variation(chance_TE.sum([0])).MoveToOuterDisposeScope();
    }
}
