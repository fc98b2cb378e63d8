namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Softmax first, then top-k (Switch, OLMoE; "pre-softmax" in Megatron): scores <c>s = softmax(z)</c> over all experts, the K
/// largest of <c>s + b</c> are chosen, gates are <c>s</c>, divided by their sum on request, times the route scale.
/// </summary>
[Plugin("softmax-top-k", "Softmax over all experts, then the K largest of score + bias (Switch, OLMoE)")]
public sealed class SoftmaxTopK(SoftmaxTopKOptions options) : BuiltInRouter(ScoreKind.Probability, ScoreKind.Probability)
{
    private protected override RouterOutput Decide(in RouterInput input)
    {
        if (input.Kernel is { } kernel && kernel.Takes(input))
            return kernel.Route(input, ScoreFunction.Softmax, options.Renormalise);
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        return Choose(input, torch.softmax(input.Logits_TE, -1), null, options.Renormalise);
    }
}
