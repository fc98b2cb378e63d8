using MoELab.Experts;
using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>
/// The fast expert kernel for the CPU: gather, gate and up products, SwiGLU, down product and weighted scatter in one pass over each row,
/// and all gradients in a second. Its products are vector code on panels; results do not depend on the number of threads.
/// </summary>
[Plugin("packed", "Fused gather, products, SwiGLU and scatter in vector code; fastest on CPU")]
[KernelPriority(DeviceType.CPU, 20)]
public sealed class PackedKernel(PackedKernelOptions options) : IExpertKernel, IDenseKernel
{
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = device.type != DeviceType.CPU || dtype != torch.ScalarType.Float32
            ? $"packed computes in Float32 on CPU, not in {dtype} on {device.type.ToString().ToUpperInvariant()}"
            : NativeTorch.IsAvailable ? "" : "this libtorch has no products that can be called directly";
        return reason.Length == 0;
    }

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        if (!IsSupported(x_TD.device, x_TD.dtype, out var reason))
            throw new ArgumentException(reason, nameof(x_TD));
        var keep = torch.is_grad_enabled()
            && (x_TD.requires_grad || gates_N.requires_grad || weights.W13_EGD.requires_grad || weights.W2_EDF.requires_grad);
        var work = new WorkPlan(plan, (int)x_TD.shape[1], weights.Width);
        if (keep)
            return PackedFunction.apply(x_TD, weights.W13_EGD, weights.W2_EDF, gates_N, work, options.Recompute);
        using var scope = torch.NewDisposeScope();
        return ForwardPass.Run(work, x_TD.contiguous(), weights.W13_EGD.contiguous(), weights.W2_EDF.contiguous(), gates_N.contiguous(),
            null).MoveToOuterDisposeScope();
    }

    Tensor IDenseKernel.Linear(Tensor x_TD, Tensor w_AD)
    {
        if (torch.is_grad_enabled() && (x_TD.requires_grad || w_AD.requires_grad))
            return LinearFunction.apply(x_TD, w_AD);
        using var scope = torch.NewDisposeScope();
        return LinearPass.Forward(x_TD.contiguous(), w_AD.contiguous()).MoveToOuterDisposeScope();
    }

    Tensor IDenseKernel.SwiGlu(Tensor x_TD, Tensor w13_GD, Tensor w2_DF)
    {
        using var scope = torch.NewDisposeScope();
        using var plan = DispatchPlan.Everything((int)x_TD.shape[0]);
        var gates_N = torch.ones([x_TD.shape[0]], dtype: torch.ScalarType.Float32);
        return Run(x_TD, new ExpertWeights(w13_GD.unsqueeze(0), w2_DF.unsqueeze(0)), gates_N, plan).MoveToOuterDisposeScope();
    }
}
