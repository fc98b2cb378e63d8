using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, N choices.

/// <summary>Chooses experts by something other than the scores: a table, a rule, a file.</summary>
internal delegate RouterChoice FixedChoice(in RouterInput input);

/// <summary>Sigmoid scores and gates for choices that were not made by the scores alone.</summary>
internal static class FixedGates
{
    /// <summary>What the scores of a router with such gates are.</summary>
    public static ScoreKind KindOf(GateRule rule) => rule == GateRule.Scores ? ScoreKind.Sigmoid : ScoreKind.None;

    /// <exception cref="NonFiniteScoresException">A logit is NaN or infinite.</exception>
    public static RouterOutput Weigh(in RouterInput input, FixedChoice choose, GateRule rule)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var choice = input.Replay ?? choose(input);
        var scores_TE = torch.sigmoid(input.Logits_TE);
        // Times zero keeps the router's vectors in the graph: every parameter has a gradient, here one of zeros.
        var weights_TE = rule == GateRule.Scores ? scores_TE : (scores_TE * Scalars.Zero).add(Scalars.One, Scalars.One);
        var gates_N = Gates.Weigh(weights_TE, choice, normalise: true, input.RouteScale);
        return new RouterOutput(scores_TE, choice, gates_N);
    }
}
