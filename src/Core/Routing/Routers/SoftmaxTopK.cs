using MoELab.Contracts;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Softmax first, then top-k (Switch, OLMoE; "pre-softmax" in Megatron): scores <c>s = softmax(z)</c> over all experts, the K
/// largest of <c>s + b</c> are chosen, gates are <c>s</c>, divided by their sum on request, times the route scale.
/// </summary>
[Plugin("softmax-top-k", "Softmax over all experts, then the K largest of score + bias (Switch, OLMoE)")]
public sealed class SoftmaxTopK(SoftmaxTopKOptions options) : IRouter
{
    /// <inheritdoc/>
    public bool IsCausal => true;

    /// <inheritdoc/>
    public ScoreKind ScoreKind => ScoreKind.Probability;

    /// <inheritdoc/>
    public ScoreKind SelectionKind => ScoreKind.Probability;

    /// <inheritdoc/>
    /// <exception cref="NonFiniteScoresException">
    /// A logit is NaN or infinite; where the expert kernel routes on a card, the model throws it when it is asked.
    /// </exception>
    public RouterOutput Route(in RouterInput input)
    {
        using var scope = torch.NewDisposeScope();
        if (input.Kernel is { } kernel && kernel.Takes(input))
            return Gates.MoveOut(kernel.Route(input, ScoreFunction.Softmax, options.Renormalise), input.Replay);
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.softmax(input.Logits_TE, -1);
        var choice = input.Replay ?? RouterChoice.FromTopK(TopK.Select(scores_TE, input.Bias_E, input.TopK));
        var gates_N = Gates.Weigh(scores_TE, choice, options.Renormalise, input.RouteScale);
        return Gates.MoveOut(new RouterOutput(scores_TE, choice, gates_N), input.Replay);
    }
}
