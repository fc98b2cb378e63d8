namespace MoELab.Kernels.Cuda;

/// <summary>Options of <see cref="CudaKernel"/>.</summary>
public sealed record CudaKernelOptions
{
    [Description("instructions of the products: mma, or wgmma on a GPU of compute capability 9.0 (H100, H200)")]
    public CudaProducts Products { get; init; }
}
