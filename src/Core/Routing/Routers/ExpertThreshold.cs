using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// L MoE layers, T tokens, E experts, K active on average.

/// <summary>
/// Expert threshold routing (arXiv 2603.11535): each expert keeps a moving average of the score that would have given it its share, and a token goes to
/// every expert whose cut it passes. Scores are <c>s = sigmoid(z)</c>. The cut of a step is the score that <c>K/E</c> of its tokens reach, and <c>c = decay
/// c + (1 - decay) cut</c>; a token uses expert e if <c>s_e &gt;= c_e</c>, so the choice depends on no other token of its step, and a token may use any
/// number of experts, none too. Gates are the scores (divided by their sum if asked) times the route scale. Until the first step has given cuts, the K
/// largest scores are chosen. The expert bias has no effect. The paper's decay and scores are not known to us; both are our choice.
/// </summary>
[Plugin("expert-threshold", "A token goes to every expert whose moving cut its score passes: causal, a free number of experts per token")]
public sealed class ExpertThreshold(ExpertThresholdOptions options) : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.None), IAdaptiveRouter
{
    private const string Cut = "cut";

    /// <inheritdoc/>
    public RoutingStatsKinds Needs => RoutingStatsKinds.Counts | RoutingStatsKinds.Scores;

    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.sigmoid(input.Logits_TE);
        var choice = input.Replay ?? Choose(scores_TE.detach(), input);
        return new RouterOutput(scores_TE, choice, Gates.Weigh(scores_TE, choice, options.Normalise, input.RouteScale));
    }

    /// <inheritdoc/>
    public BalancerState CreateState(int layers, int experts) => new(layers, experts, Cut);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The requested scores are missing.</exception>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        if (stats.Tokens == 0)
            return;
        if (stats.Scores is not { } scores || scores.Count != state.Layers)
            throw new ArgumentException("the router 'expert-threshold' needs the scores of each layer, but got none", nameof(stats));
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        for (var layer = 0; layer < state.Layers; layer++)
        {
            var (tokens, experts) = (scores[layer].shape[0], scores[layer].shape[1]);
            if (tokens == 0)
                continue;
            var place = Math.Clamp((long)Math.Round((double)tokens * stats.TopK / experts), 1, tokens) - 1;
            var (descending_TE, _) = torch.sort(scores[layer], dim: 0, descending: true);
            var now_E = descending_TE[place].to(state.Bias_LE.device);
            var cut_E = state[Cut][layer];
            // A sigmoid is above 0, so a cut of 0 has not begun.
            cut_E.copy_(torch.where(cut_E.gt(Scalars.Zero), (Scalars.Of(options.Decay) * cut_E).add(Scalars.Of(1 - options.Decay) * now_E, Scalars.One), now_E));
        }
    }

    private static RouterChoice Choose(Tensor scores_TE, in RouterInput input)
    {
        if (input.State is not { } state || !state.Tensors.ContainsKey(Cut))
            throw new InputException("router: 'expert-threshold' needs its cuts, which only a run's checkpoints hold; expected a run, not exported weights");
        if (state[Cut][input.Layer, 0].item<float>() == 0)
            return RouterChoice.FromTopK(TopK.Select(scores_TE, null, input.TopK));
        var place_N2 = torch.nonzero(scores_TE.ge(state[Cut][input.Layer].to(scores_TE.device)));
        return new RouterChoice(place_N2.select(1, 0).contiguous(), place_N2.select(1, 1).contiguous(), 0);
    }
}
