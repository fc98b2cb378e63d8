using MoELab.Experts;
using MoELab.Kernels.Cuda;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The plugin's own code with the emulator in the driver's place: the processor's tensors go through the GPU's kernels.</summary>
[Plugin("emulated", "the CUDA kernels in the emulator")]
public sealed class EmulatedKernel : IExpertKernel, IRoutingKernel, IKernelLauncher
{
    /// <summary>Where this thread's launches are written down, by name; null leaves it.</summary>
    [ThreadStatic]
    internal static List<string>? Launched;

    private readonly CudaPlace _place;

    public EmulatedKernel()
        : this(ProductTile.Mma)
    {
    }

    internal EmulatedKernel(ProductTile tile) => _place = new CudaPlace(this, tile, () => 0);

    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = "";
        return device.type == DeviceType.CPU && dtype == torch.ScalarType.BFloat16;
    }

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        return CudaLayer.Run(_place, x_TD, weights, gates_N, plan);
    }

    DispatchPlan IRoutingKernel.Plan(RouterChoice choice, int tokens, int experts) =>
        CudaRouting.Sorts(choice) ? CudaRouting.Plan(_place, choice, tokens, experts) : DispatchPlanner.Plan(choice, tokens, experts);

    bool IRoutingKernel.Takes(in RouterInput input) => CudaRouting.Takes(input);

    RouterOutput IRoutingKernel.Route(in RouterInput input, ScoreFunction scores, bool normalise) => CudaRouting.Route(_place, input, scores, normalise);

    void IKernelLauncher.Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (shape.IsEmpty)
            return;
        Launched?.Add(kernel);
        EmulatedModule.Load(program.Name).Launch(kernel, shape, arguments);
    }
}
