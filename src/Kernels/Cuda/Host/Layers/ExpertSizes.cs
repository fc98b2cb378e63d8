namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>
/// Extents of an expert layer: T tokens, D model width, F inner width, E experts, K choices of every token (0 if they differ), N choices.
/// </summary>
internal readonly record struct ExpertSizes(int T, int D, int F, int E, int K, int N)
{
    internal const int TileRows = 128;

    /// <summary>D and F must be multiples of this, so that every row starts at a 16-byte boundary.</summary>
    internal const int Step = 8;

    private const int MaxTiles = 65535;

    /// <summary>Maximum number of row tiles (R) of any distribution of N rows over E experts.</summary>
    internal int Tiles => (N / TileRows) + Math.Min(E, N);

    /// <exception cref="CudaException">The CUDA kernels do not support these sizes.</exception>
    internal void Check()
    {
        if (D % Step != 0 || F % Step != 0)
            throw new CudaException($"model width {D} and expert width {F} must be multiples of {Step}");
        if (Tiles > MaxTiles)
            throw new CudaException($"{N} choices of {E} experts make {Tiles} tiles of {TileRows} rows; "
                + $"a launch takes at most {MaxTiles}, so use smaller micro-batches");
    }
}
