using MoELab.Contracts;
using MoELab.Routing.Processor;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Trinity's router (arXiv 2602.17004, equations 16 to 18; DeepSeek-V3 before it): scores <c>s = sigmoid(z)</c>, the K largest of <c>s + b</c> are
/// chosen, gates are <c>s</c> divided by the sum over the chosen (plus 1e-20) times the route scale. The bias chooses and never weighs.
/// </summary>
[Plugin("sigmoid-top-k", "Sigmoid scores, the K largest of score + bias, gates normalised over the chosen (Trinity, DeepSeek-V3)")]
public sealed class SigmoidTopK(SigmoidTopKOptions options) : IRouter
{
    /// <inheritdoc/>
    public bool IsCausal => true;

    /// <inheritdoc/>
    public ScoreKind ScoreKind => ScoreKind.Sigmoid;

    /// <inheritdoc/>
    public ScoreKind SelectionKind => ScoreKind.Sigmoid;

    /// <inheritdoc/>
    /// <exception cref="NonFiniteScoresException">
    /// A logit is NaN or infinite; where the expert kernel routes on a card, the model throws it when it is asked.
    /// </exception>
    public RouterOutput Route(in RouterInput input)
    {
        using var scope = torch.NewDisposeScope();
        if (input.Kernel is { } kernel && kernel.Takes(input))
            return Gates.MoveOut(kernel.Route(input, ScoreFunction.Sigmoid, options.Normalise), input.Replay);
        if (SigmoidPass.Takes(input))
            return Gates.MoveOut(SigmoidPass.Run(input, options.Normalise), input.Replay);
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.sigmoid(input.Logits_TE);
        var choice = input.Replay ?? RouterChoice.FromTopK(TopK.Select(scores_TE, input.Bias_E, input.TopK));
        var gates_N = Gates.Weigh(scores_TE, choice, options.Normalise, input.RouteScale);
        return Gates.MoveOut(new RouterOutput(scores_TE, choice, gates_N), input.Replay);
    }
}
