namespace MoELab.Cuda;

/// <summary>
/// Extents of an expert layer: T tokens, D model width, F inner width, E experts, K choices of every token (0 where they differ), N choices.
/// </summary>
internal readonly record struct ExpertSizes(int T, int D, int F, int E, int K, int N)
{
    internal const int TileRows = 128;

    /// <summary>D and F are multiples of it: a row begins where 16 bytes can be read at once.</summary>
    internal const int Step = 8;

    private const int MostTiles = 65535;

    /// <summary>R: no distribution of N rows over E experts has more row tiles.</summary>
    internal int Tiles => (N / TileRows) + Math.Min(E, N);

    /// <exception cref="CudaException">The kernels do not take these.</exception>
    internal void Check()
    {
        if (D % Step != 0 || F % Step != 0)
            throw new CudaException($"model width {D} and expert width {F} must be multiples of {Step}");
        if (Tiles > MostTiles)
            throw new CudaException($"{N} choices of {E} experts make {Tiles} tiles of {TileRows} rows; a launch takes at most {MostTiles}, so use smaller micro-batches");
    }
}
