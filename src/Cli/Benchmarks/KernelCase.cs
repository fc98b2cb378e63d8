// Shapes: T tokens, D model width, F inner width, E experts, K choices of a token, N = T K.
using MoELab.Randomness;
using MoELab.Routing;

namespace MoELab.Cli.Benchmarks;

/// <summary>Sizes of a routed layer and how its tokens are spread.</summary>
/// <param name="Tokens">T.</param>
/// <param name="D">Model width.</param>
/// <param name="Width">Inner width of an expert.</param>
/// <param name="Experts">E.</param>
/// <param name="TopK">K.</param>
/// <param name="Zipf">Whether the expert of rank r is chosen in proportion to 1 / r; otherwise all equally often.</param>
internal sealed record KernelCase(int Tokens, int D, int Width, int Experts, int TopK, bool Zipf)
{
    /// <summary>The sizes that are reported, each with both loads.</summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. from sizes in (KernelCase[])[new(4096, 256, 128, 32, 4, false), new(4096, 256, 64, 128, 8, false),
            new(2048, 128, 64, 64, 4, false), new(4096, 512, 256, 32, 4, false)]
           from zipf in (bool[])[false, true]
           select sizes with { Zipf = zipf },
    ];

    /// <summary>The name of the loads.</summary>
    public string Loads => Zipf ? "zipf" : "balanced";

    /// <summary>Operations of forward and backward: three matrices, forward and two gradients, a product and a sum each.</summary>
    public double Flops => 18.0 * Tokens * TopK * D * Width;

    /// <summary>K different experts for each token.</summary>
    public RouterChoice Choose()
    {
        var random = new Philox(1, "kernel-bench", Loads);
        var chosen = new long[Tokens, TopK];
        var keys = new (double Key, int Expert)[Experts];
        for (var t = 0; t < Tokens; t++)
        {
            if (!Zipf)
            {
                // A run of K experts from a place that visits all experts equally often, in mixed order.
                for (var k = 0; k < TopK; k++)
                    chosen[t, k] = (((long)t * TopK * 7) + k) % Experts;
                continue;
            }
            // The K smallest of exponential variables with rates 1 / rank: draws without putting back.
            for (var e = 0; e < Experts; e++)
                keys[e] = (-Math.Log(1 - random.NextDouble()) * (e + 1), e);
            Array.Sort(keys);
            for (var k = 0; k < TopK; k++)
                chosen[t, k] = keys[k].Expert;
        }
        return RouterChoice.FromTopK(torch.tensor(chosen));
    }
}
