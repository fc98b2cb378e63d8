using System.ComponentModel;

namespace MoELab.Kernels.Cuda;

/// <summary>Options of <see cref="CudaKernel"/>.</summary>
public sealed record CudaKernelOptions
{
    /// <summary>By which instructions the card multiplies.</summary>
    [Description("instructions of the products: mma, or wgmma on a card of compute capability 9.0 (H100, H200)")]
    public CudaProducts Products { get; init; }
}
