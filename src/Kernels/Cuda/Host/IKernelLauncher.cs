namespace MoELab.Cuda;

/// <summary>Runs kernels by name: on a card, or in a test on the processor.</summary>
internal interface IKernelLauncher
{
    /// <summary>Starts a kernel.</summary>
    /// <param name="program">Where it stands.</param>
    /// <param name="kernel">Its name.</param>
    /// <param name="shape">Grid, block, shared memory.</param>
    /// <param name="stream">0 is the default stream.</param>
    /// <param name="arguments">In the kernel's order.</param>
    void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments);
}
