namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>The target for which a source is compiled.</summary>
/// <param name="Name">
/// The value for NVRTC's <c>-arch</c>: <c>sm_80</c> gives machine code, <c>compute_80</c> PTX that the driver compiles further.
/// </param>
internal readonly record struct CudaArchitecture(string Name)
{
    /// <summary>The minimum: the CUDA kernels use bfloat16 products and asynchronous copies, which need compute capability 8.0.</summary>
    internal const int Oldest = 80;

    internal bool IsPtx => Name.StartsWith("compute_", StringComparison.Ordinal);
    internal static CudaArchitecture Sm80 { get; } = new("sm_80");
    internal static CudaArchitecture Sm90 { get; } = new("sm_90a");
    internal static CudaArchitecture Ptx80 { get; } = new("compute_80");

    /// <summary>
    /// Machine code for the GPU if this NVRTC knows it, or for the newest GPU of its generation that it knows, which runs on it
    /// too; otherwise PTX of the oldest GPU, which the driver of a newer GPU compiles further.
    /// </summary>
    /// <param name="capability">Compute capability times ten: 80, 86, 90, 100.</param>
    /// <param name="known">The compute capabilities for which NVRTC compiles.</param>
    /// <exception cref="CudaException">The GPU is too old for the CUDA kernels.</exception>
    internal static CudaArchitecture For(int capability, IReadOnlyList<int> known)
    {
        if (capability < Oldest)
            throw new CudaException($"the GPU has compute capability {capability / 10}.{capability % 10}; the CUDA kernels need 8.0 or newer");
        var nearest = known.Where(k => k / 10 == capability / 10 && k <= capability).DefaultIfEmpty(0).Max();
        return nearest switch
        {
            0 => Ptx80,
            90 => Sm90,
            _ => new CudaArchitecture($"sm_{nearest}"),
        };
    }
}
