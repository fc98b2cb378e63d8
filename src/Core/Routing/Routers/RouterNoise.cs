using MoELab.Randomness;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>Randomness for routers, keyed by seed, layer, step and micro-batch: the order in which layers run does not matter, and recomputation meets the same numbers.</summary>
internal static class RouterNoise
{
    /// <summary>float32 [T, E] standard normal numbers.</summary>
    public static Tensor Normal(in RouterInput input)
    {
        var values = new float[input.Logits_TE.shape[0] * input.Logits_TE.shape[1]];
        var stream = new Philox(input.Step.Seed, "router-noise", $"layer {input.Layer} micro-batch {input.MicroBatch}", input.Step.Step);
        stream.NextNormals(values);
        return torch.tensor(values, input.Logits_TE.shape, device: input.Logits_TE.device);
    }
}
