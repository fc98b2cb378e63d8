namespace MoELab.Cuda;

/// <summary>What a source is compiled for.</summary>
/// <param name="Name">As NVRTC's <c>-arch</c> takes it: <c>sm_80</c> gives machine code, <c>compute_80</c> PTX that the driver finishes.</param>
internal readonly record struct CudaArchitecture(string Name)
{
    /// <summary>The kernels use bfloat16 products and asynchronous copies, which came with it.</summary>
    internal const int Oldest = 80;

    internal bool IsPtx => Name.StartsWith("compute_", StringComparison.Ordinal);

    internal static CudaArchitecture Sm80 { get; } = new("sm_80");

    internal static CudaArchitecture Sm90 { get; } = new("sm_90a");

    internal static CudaArchitecture Ptx80 { get; } = new("compute_80");

    /// <summary>
    /// Machine code for the card where this NVRTC knows it, or for the newest one of its generation that it knows, which runs on it
    /// too; PTX of the oldest card otherwise, which the driver of a newer card finishes.
    /// </summary>
    /// <param name="capability">Compute capability times ten: 80, 86, 90, 100.</param>
    /// <param name="known">What NVRTC compiles for.</param>
    /// <exception cref="CudaException">The card is older than the kernels need.</exception>
    internal static CudaArchitecture For(int capability, IReadOnlyList<int> known)
    {
        if (capability < Oldest)
            throw new CudaException($"the card has compute capability {capability / 10}.{capability % 10}; the kernels need 8.0 or newer");
        var nearest = known.Where(k => k / 10 == capability / 10 && k <= capability).DefaultIfEmpty(0).Max();
        return nearest switch
        {
            0 => Ptx80,
            90 => Sm90,
            _ => new CudaArchitecture($"sm_{nearest}"),
        };
    }
}
