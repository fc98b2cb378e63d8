namespace MoELab.Routing.Routers;

// T tokens, E experts, N choices.

/// <summary>Gates for choices that were made by something else than the scores: a table, a rule, a file.</summary>
internal static class FixedGates
{
    /// <summary>Sigmoid scores and the gates of a choice; the result belongs to the caller's scope.</summary>
    public static RouterOutput Weigh(in RouterInput input, RouterChoice choice, GateRule rule)
    {
        var scores_TE = torch.sigmoid(input.Logits_TE);
        // Times zero keeps the router's vectors in the graph: every parameter has a gradient, here one of zeros.
        var weights_TE = rule == GateRule.Scores ? scores_TE : (scores_TE * 0) + 1;
        return new RouterOutput(scores_TE, choice, Gates.Weigh(weights_TE, choice, normalise: true, input.RouteScale));
    }
}
