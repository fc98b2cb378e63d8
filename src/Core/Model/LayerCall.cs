using MoELab.Model.Operations;
using MoELab.Routing;

namespace MoELab.Model;

/// <summary>
/// The input of one block in a forward pass; a recomputation gets the same call with the saved decision. <c>Watch</c> is where an expert kernel that
/// also routes reports non-finite logits; null without one.
/// </summary>
internal sealed record LayerCall(ForwardContext Context, SequenceLayout Layout, Tensor Ids_T, IRouter Router, ScoreWatch? Watch)
{
    /// <summary>The choice to replay; null to choose.</summary>
    public RouterChoice? Replay { get; init; }

    /// <summary>int64 [E] counts that router losses saw the first time; null to count now.</summary>
    public Tensor? StepCounts_E { get; init; }
}

/// <summary>The result of one block.</summary>
/// <param name="X_TD">The residual stream.</param>
/// <param name="RouterLosses">One scalar per loss of the context; empty for a dense block.</param>
/// <param name="Penalty">The router's own penalty.</param>
/// <param name="Choice">The decision, to be replayed; null for a dense block.</param>
/// <param name="StepCounts_E">The counts that router losses saw.</param>
internal sealed record LayerOutput(Tensor X_TD, IReadOnlyList<Tensor> RouterLosses, Tensor? Penalty, RouterChoice? Choice, Tensor? StepCounts_E);
