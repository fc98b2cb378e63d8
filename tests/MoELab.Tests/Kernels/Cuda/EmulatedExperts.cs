namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The same experts as <see cref="EmulatedKernel"/>, routed and sorted on the processor.</summary>
[Plugin("emulated-experts", "the CUDA kernels of the experts in the emulator")]
public sealed class EmulatedExperts : IExpertKernel
{
    private readonly EmulatedKernel _kernel = new();

    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason) => _kernel.IsSupported(device, dtype, out reason);

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan) => _kernel.Run(x_TD, weights, gates_N, plan);
}
