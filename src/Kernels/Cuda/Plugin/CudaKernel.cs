using MoELab.Plugins;

namespace MoELab.Kernels.Cuda;

/// <summary>SwiGLU experts on a CUDA card in bfloat16: the gather in the load, the activation and the gates in the epilogues.</summary>
[Plugin("cuda", "CUDA C++ compiled at first use: gather, activation and gates fused into the products; bfloat16")]
public sealed class CudaKernel : CudaExperts
{
    /// <summary>Nothing is compiled before the first use.</summary>
    public CudaKernel()
        : base("cuda", null)
    {
    }
}
