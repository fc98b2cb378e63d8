using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, K chosen.

/// <summary>
/// Round robin for benchmarks and debugging: choice j of token t goes to expert <c>(t * K + j) mod E</c>, so loads differ by at most
/// one. The bias has no effect.
/// </summary>
[Plugin("uniform", "Round robin over the experts: perfectly balanced, for benchmarks")]
public sealed class UniformRouter(UniformRouterOptions options) : BuiltInRouter(FixedGates.KindOf(options.Gate), ScoreKind.None)
{
    private protected override RouterOutput Decide(in RouterInput input) => FixedGates.Weigh(input, Choose, options.Gate);

    private static RouterChoice Choose(in RouterInput input)
    {
        var (tokens, experts, k) = (input.Logits_TE.shape[0], input.Logits_TE.shape[1], input.TopK);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, experts);
        return RouterChoice.FromTopK(Indices.Below(tokens * k, input.Logits_TE.device).remainder(Scalars.Of(experts)).view(tokens, k));
    }
}
