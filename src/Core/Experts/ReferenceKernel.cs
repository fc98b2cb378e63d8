// Shapes: T tokens, D model width, F inner width, n rows of one expert.
using MoELab.Interop.Torch;

namespace MoELab.Experts;

/// <summary>A loop over experts in plain tensor operations with the engine's own gradients: what other kernels are compared with.</summary>
[Plugin("reference", "A plain loop over experts; slow, runs everywhere")]
[KernelPriority(DeviceType.CPU, 0)]
[KernelPriority(DeviceType.CUDA, 0)]
public sealed class ReferenceKernel : IExpertKernel
{
    /// <inheritdoc/>
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = "";
        return true;
    }

    /// <inheritdoc/>
    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        using var scope = torch.NewDisposeScope();
        var y_TD = torch.zeros(x_TD.shape, dtype: torch.ScalarType.Float32, device: x_TD.device);
        long start = 0;
        for (var expert = 0; expert < plan.Counts.Count; expert++)
        {
            var count = plan.Counts[expert];
            if (count == 0)
                continue;
            var token_n = plan.RowToken_N.narrow(0, start, count);
            var gate_n1 = gates_N.index_select(0, plan.RowChoice_N.narrow(0, start, count)).unsqueeze(1);
            var x_nD = x_TD.index_select(0, token_n);
            var halves = torch.mm(x_nD, weights.W13_EGD[expert].t()).chunk(2, 1);
            var inner_nF = torch.nn.functional.silu(halves[0]) * halves[1];
            var out_nD = torch.mm(inner_nF, weights.W2_EDF[expert].t());
            y_TD = y_TD.index_add(0, token_n, out_nD.to(torch.ScalarType.Float32) * gate_n1, Scalars.One);
            start += count;
        }
        return y_TD.to(x_TD.dtype).MoveToOuterDisposeScope();
    }
}
