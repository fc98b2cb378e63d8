namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>Extents of a router: T tokens, E experts, K choices of every token (0 if they differ).</summary>
internal readonly record struct RoutingSizes(int T, int E, int K)
{
    /// <summary>Maximum number of experts: with more, a block's scores may not fit into a GPU's shared memory.</summary>
    internal const int MaxExperts = 2048;
}
