using MoELab.Interop.Torch;
using MoELab.Routing.Routers;

namespace MoELab.Routing.Domains;

// T tokens, E experts, D domains.

/// <summary>
/// A reference for specialisation (MoE Routing Testbed, arXiv 2604.07030): the experts are divided evenly among the corpus' domains, in order, and each
/// token chooses the K largest <c>s + b</c> among those of its domain, where <c>s</c> is its sigmoid score. Gates as in <see cref="SigmoidTopK"/>. No
/// router that reads the text alone has this knowledge, so its purity and mutual information are the most that such loads allow, and its loss belongs
/// next to others as a bound. Experts of small domains see few tokens. The domain comes with a batch: training and held-out evaluation have it, a text
/// of one's own has none.
/// </summary>
[Plugin("by-domain", "A reference for specialisation: each domain of the corpus has experts of its own")]
public sealed class ByDomain() : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.Sigmoid), IRouter
{
    /// <inheritdoc/>
    public bool ChoosesAmongAll => false;

    /// <exception cref="InputException">The tokens' domains are unknown, or a domain's experts are fewer than a token uses.</exception>
    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.sigmoid(input.Logits_TE);
        return Choose(input, scores_TE, input.Replay is null ? Reachable(scores_TE.detach(), input) : null, normalise: true);
    }

    // The scores of the experts of the token's domain, minus infinity elsewhere.
    private static Tensor Reachable(Tensor scores_TE, in RouterInput input)
    {
        using var noGrad = torch.no_grad();
        var domain_T = input.Domain_T ?? throw new InputException("router: 'by-domain' needs to know the domain of every token, which only training, held-out "
            + "evaluation and views of held-out text do; expected another router for other text");
        var (experts, domains) = ((int)scores_TE.shape[1], input.Domains);
        if (experts / domains < input.TopK)
            throw new InputException($"router: 'by-domain' divides the {experts} experts among {domains} domains, which leaves fewer than the "
                + $"{input.TopK} that a token uses; expected model.experts from {domains * input.TopK} up");
        var owner_E = torch.tensor(Enumerable.Range(0, experts).Select(e => Owner(e, experts, domains)).ToArray(), device: scores_TE.device);
        return scores_TE.masked_fill(domain_T.view(-1, 1).ne(owner_E.view(1, -1)), Scalars.Of(float.NegativeInfinity));
    }

    /// <summary>The domain of an expert; what an even division leaves over goes to domains spread over the list.</summary>
    internal static long Owner(int expert, int experts, int domains) => (long)expert * domains / experts;
}
