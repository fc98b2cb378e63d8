using MoELab.Cuda;
using MoELab.Experts;
using MoELab.Kernels.Cuda;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The plugin's own code with the emulator in the driver's place: the processor's tensors go through the card's kernels.</summary>
internal sealed class EmulatedKernel(ProductTile? tile = null) : IExpertKernel, IKernelLauncher
{
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = "";
        return device.type == DeviceType.CPU && dtype == torch.ScalarType.BFloat16;
    }

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        return CudaLayer.Run(this, tile ?? ProductTile.Mma, () => 0, x_TD, weights, gates_N, plan);
    }

    public void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (!shape.IsEmpty)
            EmulatedModule.Load(program.Name).Launch(kernel, shape, arguments);
    }
}
