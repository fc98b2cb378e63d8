namespace MoELab.Routing.Routers;

/// <summary>What the built-in routers share. One that overrides another default of <see cref="IRouter"/> names that interface again.</summary>
/// <param name="scoreKind">What its scores are.</param>
/// <param name="selectionKind">What it adds the expert bias to.</param>
/// <param name="isCausal">Whether no choice in training depends on later tokens.</param>
public abstract class BuiltInRouter(ScoreKind scoreKind, ScoreKind selectionKind, bool isCausal = true) : IRouter
{
    /// <inheritdoc/>
    public bool IsCausal => isCausal;

    /// <inheritdoc/>
    public ScoreKind ScoreKind => scoreKind;

    /// <inheritdoc/>
    public ScoreKind SelectionKind => selectionKind;

    /// <inheritdoc/>
    /// <exception cref="NonFiniteScoresException">A logit is NaN or infinite; where an expert kernel routes, the model throws it later.</exception>
    public RouterOutput Route(in RouterInput input)
    {
        using var scope = torch.NewDisposeScope();
        return Gates.MoveOut(Decide(input), input.Replay);
    }

    /// <summary>Routes in the scope of the call. The router checks its logits itself.</summary>
    private protected abstract RouterOutput Decide(in RouterInput input);

    /// <summary>Chooses the K largest of what is compared (the scores where nothing else is) plus the bias, and weighs by the scores.</summary>
    private protected static RouterOutput Choose(in RouterInput input, Tensor scores_TE, Tensor? compared_TE, bool normalise)
    {
        var choice = input.Replay ?? RouterChoice.FromTopK(TopK.Select(compared_TE ?? scores_TE, input.Bias_E, input.TopK));
        return new RouterOutput(scores_TE, choice, Gates.Weigh(scores_TE, choice, normalise, input.RouteScale)) { Selection_TE = compared_TE };
    }
}
