using MoELab.Interop;
using MoELab.Plugins;

namespace MoELab.Experts;

/// <summary>
/// The fast kernel of the processor. The rows of each expert are cut into slices that fit a core's cache; gather, both products
/// and SwiGLU of a slice run on one thread, and threads take slices as they come. Only the pre-activations are kept for backward.
/// </summary>
[Plugin("sliced", "Cache-sized slices of each expert's rows, one thread each; CPU")]
public sealed class SlicedKernel : IExpertKernel
{
    /// <inheritdoc/>
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = device.type != DeviceType.CPU || dtype != torch.ScalarType.Float32
            ? $"sliced computes in Float32 on CPU, not in {dtype} on {device.type.ToString().ToUpperInvariant()}"
            : NativeTorch.IsAvailable ? "" : "this libtorch exports no BLAS or no thread pool";
        return reason.Length == 0;
    }

    /// <inheritdoc/>
    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        if (!IsSupported(x_TD.device, x_TD.dtype, out var reason))
            throw new ArgumentException(reason, nameof(x_TD));
        var keep = torch.is_grad_enabled() && (x_TD.requires_grad || gates_N.requires_grad || weights.W13_EGD.requires_grad || weights.W2_EDF.requires_grad);
        var work = new SlicedWork(plan, (int)x_TD.shape[1], weights.Width);
        if (keep)
            return SlicedFunction.apply(x_TD, weights.W13_EGD, weights.W2_EDF, gates_N, work);
        using var scope = torch.NewDisposeScope();
        return work.Forward(x_TD.contiguous(), weights.W13_EGD.contiguous(), weights.W2_EDF.contiguous(), gates_N.contiguous(), null).MoveToOuterDisposeScope();
    }
}
