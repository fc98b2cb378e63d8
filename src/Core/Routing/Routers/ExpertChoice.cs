using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, C tokens per expert.

/// <summary>
/// Expert choice (Zhou et al., arXiv 2202.09368): scores <c>s = softmax(z)</c>; each expert takes its C tokens with the largest score
/// (ties: the earlier token), <c>C = max(1, floor(T * c / E))</c> with c experts per token on average. Gates are the scores times the route
/// scale. A token may get any number of experts. Whether it gets one depends on later tokens, so the router is refused for
/// evaluation and generation. The expert bias, the same for all tokens of an expert, has no effect.
/// </summary>
[Plugin("expert-choice", "Each expert takes its best tokens; balanced by construction, not causal (Zhou et al.)")]
public sealed class ExpertChoice(ExpertChoiceOptions options) : BuiltInRouter(ScoreKind.Probability, ScoreKind.None, isCausal: false)
{
    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.softmax(input.Logits_TE, -1);
        var choice = input.Replay ?? Choose(scores_TE.detach(), options.CapacityFactor > 0 ? options.CapacityFactor : input.TopK);
        var gates_N = Gates.Weigh(scores_TE, choice, options.Normalise, input.RouteScale);
        return new RouterOutput(scores_TE, choice, gates_N);
    }

    private static RouterChoice Choose(Tensor scores_TE, double factor)
    {
        var (tokens, experts) = (scores_TE.shape[0], scores_TE.shape[1]);
        var capacity = (int)Math.Clamp(Math.Floor(tokens * factor / experts), 1, tokens);
        var token_EC = TopK.Select(scores_TE.t(), null, capacity);
        var expert_E1 = Indices.Below(experts, scores_TE.device).unsqueeze(-1);
        // One key per choice puts the choices in order of token, then expert.
        var (key_N, _) = torch.sort((token_EC * Scalars.Of(experts)).add(expert_E1, Scalars.One).reshape(-1));
        return new RouterChoice(key_N.floor_divide(Scalars.Of(experts)), key_N.remainder(Scalars.Of(experts)), 0);
    }
}
