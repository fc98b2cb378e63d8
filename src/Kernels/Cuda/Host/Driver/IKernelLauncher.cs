using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>Launches CUDA kernels by name: on a GPU, or on the CPU in a test.</summary>
internal interface IKernelLauncher
{
    /// <summary>Launches a CUDA kernel.</summary>
    /// <param name="program">The program that contains it.</param>
    /// <param name="kernel">The name of the CUDA kernel.</param>
    /// <param name="shape">Grid, block, shared memory.</param>
    /// <param name="stream">The stream; 0 is the default stream.</param>
    /// <param name="arguments">The arguments, in the kernel's order.</param>
    void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments);
}
