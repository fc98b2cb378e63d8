using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, G groups.

/// <summary>
/// Group-limited (node-limited) sigmoid top-k of DeepSeek-V3 (arXiv 2412.19437): a group's score is the sum of its two largest <c>s + b</c>; the best
/// groups are kept (ties: lower index) and the K largest of <c>s + b</c> inside them are chosen. Gates as in <see cref="SigmoidTopK"/>.
/// </summary>
[Plugin("group-limited", "Sigmoid top-k inside the best groups of experts (DeepSeek-V3)")]
public sealed class GroupLimited(GroupLimitedOptions options) : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.Sigmoid), IRouter
{
    /// <inheritdoc/>
    public bool ChoosesAmongAll => options.KeptGroups == options.Groups;

    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.sigmoid(input.Logits_TE);
        var selection_TE = input.Replay is null ? Reachable(scores_TE.detach(), input.Bias_E, input.TopK) : null;
        return Choose(input, scores_TE, selection_TE, options.Normalise);
    }

    // The scores of the experts in the token's best groups, minus infinity elsewhere.
    private Tensor Reachable(Tensor scores_TE, Tensor bias_E, int k)
    {
        using var noGrad = torch.no_grad();
        var (tokens, experts) = (scores_TE.shape[0], scores_TE.shape[1]);
        var size = experts / options.Groups;
        if (size * options.Groups != experts)
            throw new InputException($"router.groups: {options.Groups} does not divide the {experts} experts");
        if (options.KeptGroups > options.Groups || options.KeptGroups * size < k)
            throw new InputException($"router.kept_groups: {options.KeptGroups} of {options.Groups} groups of {size} experts; "
                + $"expected at most {options.Groups} and room for {k} experts");
        var biased_TE = scores_TE.add(bias_E, Scalars.One);
        var (best_TG2, _) = biased_TE.view(tokens, options.Groups, size).topk((int)Math.Min(2, size), -1);
        var kept_TG = TopK.Select(best_TG2.sum(-1), null, options.KeptGroups);
        var barred_TG = torch.ones(tokens, options.Groups, dtype: torch.ScalarType.Bool, device: scores_TE.device).scatter(1, kept_TG,
            torch.zeros_like(kept_TG, dtype: torch.ScalarType.Bool));
        return scores_TE.masked_fill(barred_TG.repeat_interleave(size, 1), Scalars.Of(float.NegativeInfinity));
    }
}
