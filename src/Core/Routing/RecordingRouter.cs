namespace MoELab.Routing;

/// <summary>Another router whose training choices are written to a file for the <c>replay</c> router.</summary>
/// <param name="inner">The router that chooses; an adaptive one keeps its state itself, so append its choices by hand.</param>
/// <param name="recorder">Where choices go; stays the caller's.</param>
public sealed class RecordingRouter(IRouter inner, ChoiceRecorder recorder) : IRouter
{
    /// <inheritdoc/>
    public bool IsCausal => inner.IsCausal;

    /// <inheritdoc/>
    public bool IsCausalInEvaluation => inner.IsCausalInEvaluation;

    /// <inheritdoc/>
    public ScoreKind ScoreKind => inner.ScoreKind;

    /// <inheritdoc/>
    public ScoreKind SelectionKind => inner.SelectionKind;

    /// <inheritdoc/>
    public bool ChoosesAmongAll => inner.ChoosesAmongAll;

    /// <inheritdoc/>
    public IReadOnlyList<string> ExtraMatrices => inner.ExtraMatrices;

    /// <inheritdoc/>
    public RouterOutput Route(in RouterInput input)
    {
        var output = inner.Route(input);
        if (input is { Training: true, Replay: null })
            recorder.Append(input.Step.Step, input.MicroBatch, input.Layer, output.Choice);
        return output;
    }
}
