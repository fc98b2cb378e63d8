using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>Launches CUDA kernels by name: on a GPU, or on the CPU in a test.</summary>
internal interface IKernelLauncher
{
    /// <summary>Launches a CUDA kernel. Arguments in its order; stream 0 is the default one.</summary>
    void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments);
}
