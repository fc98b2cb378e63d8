// Shapes: T tokens, D model width, F inner width, E experts, K choices of a token, N = T K.
using MoELab.Randomness;

namespace MoELab.Cli.Benchmarks;

/// <summary>
/// The sizes T, D, F, E and K of a routed layer, and how its tokens are distributed over the experts: with <paramref name="Zipf"/>, the expert
/// of rank r is chosen in proportion to 1 / r, else all are chosen equally often.
/// </summary>
internal sealed record KernelCase(int Tokens, int D, int Width, int Experts, int TopK, bool Zipf)
{
    /// <summary>The reported sizes, each with both loads.</summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. from sizes in (KernelCase[])[new(4096, 256, 128, 32, 4, false), new(4096, 256, 64, 128, 8, false),
            new(2048, 128, 64, 64, 4, false), new(4096, 512, 256, 32, 4, false)]
           from zipf in (bool[])[false, true]
           select sizes with { Zipf = zipf },
    ];

    public string Loads => Zipf ? "zipf" : "balanced";

    /// <summary>
    /// Floating-point operations of forward and backward: three matrices, each with one forward and two gradient products, a multiplication and
    /// an addition each.
    /// </summary>
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
                // K consecutive experts from a starting point that visits all experts equally often, in mixed order.
                for (var k = 0; k < TopK; k++)
                    chosen[t, k] = (((long)t * TopK * 7) + k) % Experts;
                continue;
            }
            // The K smallest of exponential variables with rates 1 / rank: sampling without replacement.
            for (var e = 0; e < Experts; e++)
                keys[e] = (-Math.Log(1 - random.NextDouble()) * (e + 1), e);
            Array.Sort(keys);
            for (var k = 0; k < TopK; k++)
                chosen[t, k] = keys[k].Expert;
        }
        return RouterChoice.FromTopK(torch.tensor(chosen));
    }
}
