namespace MoELab.Kernels.Cuda;

/// <summary>SwiGLU experts on a GPU in bfloat16: the gather is fused into the load, the activation and the gates into the epilogues.</summary>
/// <param name="options">The options; nothing is compiled before the first use.</param>
[Plugin("cuda", "CUDA C++ compiled at first use: gather, activation and gates fused into the products; bfloat16")]
[KernelPriority(DeviceType.CUDA, 20)]
public sealed class CudaKernel(CudaKernelOptions options) : CudaExperts("cuda", null, options.Products);
