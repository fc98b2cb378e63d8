using MoELab.Interop.Torch;
using MoELab.Randomness;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Noisy top-k gating (Shazeer et al., arXiv 1701.06538): <c>H = x W + N(0, 1) * softplus(x W_noise)</c> in training, <c>H = x W</c>
/// otherwise; the K largest of <c>H + b</c> are chosen, gates are the softmax of <c>H</c> over the chosen times the route scale.
/// The scores that losses and metrics see are the softmax of <c>H</c> over all experts. The noise depends on seed, layer, step and
/// micro-batch alone. The paper's losses that balance it are the auxiliary losses <c>importance</c> and <c>load</c>.
/// </summary>
[Plugin("noisy-top-k", "Top-k on logits with trainable Gaussian noise, softmax over the chosen (Shazeer et al.)")]
public sealed class NoisyTopK() : BuiltInRouter(ScoreKind.Probability, ScoreKind.Logit), IRouter
{
    private const string Noise = "noise";

    /// <inheritdoc/>
    public IReadOnlyList<string> ExtraMatrices => [Noise];

    private protected override RouterOutput Decide(in RouterInput input)
    {
        var logits_TE = input.Logits_TE;
        Tensor? scale_TE = null;
        if (input.Training)
        {
            if (input.ExtraLogits?.TryGetValue(Noise, out var spread_TE) != true)
                throw new ArgumentException(
                    $"MoE layer {input.Layer}: noisy-top-k got no '{Noise}' logits; expected the products with its extra matrix", nameof(input));
#pragma warning disable RS0030 // TorchSharp has no softplus that takes Scalars; in training, FinalizerPause protects the two that it makes.
            scale_TE = torch.nn.functional.softplus(spread_TE!);
#pragma warning restore RS0030
            logits_TE = logits_TE.add(StandardNormal(input) * scale_TE, Scalars.One);
        }
        RouterGuard.RequireFinite(logits_TE, input.Layer);
        return TopKSoftmax.Route(logits_TE, input) with { NoiseScale_TE = scale_TE };
    }

    // Keyed by layer and micro-batch too: the order of layers does not matter, and a recomputation draws the same numbers.
    private static Tensor StandardNormal(in RouterInput input)
    {
        var values = new float[input.Logits_TE.numel()];
        new Philox(input.Step.Seed, "router-noise", $"layer {input.Layer} micro-batch {input.MicroBatch}", input.Step.Step).NextNormals(values);
        return torch.tensor(values, input.Logits_TE.shape, device: input.Logits_TE.device);
    }
}
