using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, N choices.

/// <summary>
/// Top-k first, then softmax (Mixtral; Megatron's default): the K largest of <c>z + b</c> are chosen, gates are the softmax of <c>z</c> over the
/// chosen, times the route scale. The bias is in units of a logit here. The scores that losses and metrics see are the softmax over all experts.
/// </summary>
[Plugin("top-k-softmax", "The K largest of logit + bias, then softmax over the chosen (Mixtral, Megatron)")]
public sealed class TopKSoftmax() : BuiltInRouter(ScoreKind.Probability, ScoreKind.Logit)
{
    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        return Route(input.Logits_TE, input);
    }

    /// <summary>Routes by given logits; the result belongs to the caller's scope.</summary>
    internal static RouterOutput Route(Tensor logits_TE, in RouterInput input)
    {
        var choice = input.Replay ?? RouterChoice.FromTopK(TopK.Select(logits_TE, input.Bias_E, input.TopK));
        // Softmax over the chosen is exp(z - max) over its sum; the token's largest logit keeps every exponent in range.
        var (top_T1, _) = logits_TE.detach().max(-1, keepdim: true);
        var gates_N = choice.TopK > 0
            ? torch.softmax(Gates.Pick(logits_TE, choice).view(-1, choice.TopK), -1).reshape(-1)
            : Gates.Normalise(torch.exp(Gates.Pick(logits_TE - top_T1, choice)), choice, logits_TE.shape[0]);
        return new RouterOutput(torch.softmax(logits_TE, -1), choice, gates_N * Scalars.Of(input.RouteScale)) { Selection_TE = logits_TE.detach().alias() };
    }
}
