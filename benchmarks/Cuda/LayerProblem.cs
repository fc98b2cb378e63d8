using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>Sizes of an expert layer and where its tokens go. Loads are <c>balanced</c> or <c>zipf</c>.</summary>
internal sealed record LayerProblem(int T, int D, int F, int E, int K, string Loads)
{
    internal ExpertSizes Sizes => new(T, D, F, E, K, T * K);

    internal string Name => $"T={T} d={D} width={F} E={E} K={K} {Loads}";

    /// <summary>Floating-point operations of a forward pass.</summary>
    internal double Flops => 6.0 * T * K * D * F;

    /// <summary>The expert of each choice. A token's experts differ; popularity falls as 1/rank where loads are <c>zipf</c>.</summary>
    internal int[] Experts()
    {
        var random = new Random(7);
        var expert_N = new int[T * K];
        for (var t = 0; t < T; t++)
        {
            for (var k = 0; k < K; k++)
            {
                int e;
                do
                {
                    e = Loads == "zipf" ? (int)Math.Pow(E + 1, random.NextDouble()) - 1 : random.Next(E);
                }
                while (Array.IndexOf(expert_N, e, t * K, k) >= 0);
                expert_N[(t * K) + k] = e;
            }
        }
        return expert_N;
    }

    /// <summary>Rows that tiles of 128 add, as a share of the real ones.</summary>
    internal double PaddingWaste(int[] expert_N)
    {
        var padded = expert_N.GroupBy(e => e).Sum(g => (g.Count() + ExpertSizes.TileRows - 1) / ExpertSizes.TileRows * ExpertSizes.TileRows);
        return ((double)padded / expert_N.Length) - 1;
    }
}
