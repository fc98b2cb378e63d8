using MoELab.Contracts;

namespace MoELab.Kernels.Cuda;

/// <summary>SwiGLU experts on a CUDA card in bfloat16: the gather in the load, the activation and the gates in the epilogues.</summary>
/// <param name="options">Nothing is compiled before the first use.</param>
[Plugin("cuda", "CUDA C++ compiled at first use: gather, activation and gates fused into the products; bfloat16")]
[KernelPriority(DeviceType.CUDA, 20)]
public sealed class CudaKernel(CudaKernelOptions options) : CudaExperts("cuda", null, options.Products);
