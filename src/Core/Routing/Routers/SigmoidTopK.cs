using MoELab.Routing.Processor;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Trinity's router (arXiv 2602.17004, equations 16 to 18; DeepSeek-V3 before it): scores <c>s = sigmoid(z)</c>, the K largest of <c>s + b</c> are
/// chosen, gates are <c>s</c> divided by the sum over the chosen (plus 1e-20) times the route scale. The bias chooses and never weighs. With
/// <c>compare: logit</c>, the K largest of <c>z + b</c> are chosen, as in marin's models, and the bias is in units of a logit.
/// </summary>
[Plugin("sigmoid-top-k", "Sigmoid scores, the K largest of score + bias, gates normalised over the chosen (Trinity, DeepSeek-V3)")]
public sealed class SigmoidTopK(SigmoidTopKOptions options) : BuiltInRouter(ScoreKind.Sigmoid,
    options.Compare == RouterComparison.Logit ? ScoreKind.Logit : ScoreKind.Sigmoid)
{
    private protected override RouterOutput Decide(in RouterInput input)
    {
        if (options.Compare == RouterComparison.Logit)
        {
            RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
            return Choose(input, torch.sigmoid(input.Logits_TE), input.Logits_TE.detach().alias(), options.Normalise);
        }
        if (input.Kernel is { } kernel && kernel.Takes(input))
            return kernel.Route(input, ScoreFunction.Sigmoid, options.Normalise);
        if (SigmoidPass.Takes(input))
            return SigmoidPass.Run(input, options.Normalise);
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        return Choose(input, torch.sigmoid(input.Logits_TE), null, options.Normalise);
    }
}
