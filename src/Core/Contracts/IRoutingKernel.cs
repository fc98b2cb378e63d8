namespace MoELab.Contracts;

// T tokens, E experts.

/// <summary>
/// An expert kernel that also routes and sorts by expert, on its own device and without a wait for it: scores, choice, gates and counts in one
/// launch. A router whose definition it computes delegates to it.
/// </summary>
internal interface IRoutingKernel
{
    /// <summary>
    /// Whether it computes these: float32 logits on its device, and a choice, if one is replayed, of K experts per token that all exist.
    /// </summary>
    bool Takes(in RouterInput input);

    /// <summary>
    /// Scores the logits, chooses the K largest of score + bias (ties: lower index), and weighs the chosen by their scores times the
    /// route scale; a replayed choice is weighed and stays as it is.
    /// </summary>
    /// <param name="input">What it <see cref="Takes"/>. A logit that is not finite goes to <see cref="RouterInput.FirstNonFinite_L"/>.</param>
    /// <param name="scores">What turns logits into scores.</param>
    /// <param name="normalise">Whether gates are divided by their sum over the token's choices plus <c>Gates.Epsilon</c>.</param>
    /// <returns>Scores and gates with gradients, and a choice with counts, in the caller's scope.</returns>
    /// <exception cref="NonFiniteScoresException">A logit is NaN or infinite, and nothing watches.</exception>
    RouterOutput Route(in RouterInput input, ScoreFunction scores, bool normalise);

    /// <summary>Sorts a choice by expert for <see cref="IExpertKernel.Run"/>; whoever uses the plan last disposes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A choice names an expert that does not exist.</exception>
    DispatchPlan Plan(RouterChoice choice, int tokens, int experts);
}
