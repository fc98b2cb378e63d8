// Shapes: T tokens, D model width, F inner width, n rows of one expert.

using MoELab.Interop.Torch;

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// A loop over experts whose products see their operands as MXFP8 stores them, forward and backward: the numbers of low-precision training
/// without its hardware, for asking what they do to a run. Trinity Large trained its experts so until it collapsed (arXiv 2602.17004, section 6).
/// Computes in float32, slower than <c>reference</c>. Weights and optimizer stay in float32.
/// </summary>
[Plugin("mxfp8", "Operands of every expert product rounded to MXFP8 and computed in float32: what low precision does, not its speed")]
public sealed class Mxfp8Kernel(Mxfp8Options options) : IExpertKernel
{
    /// <inheritdoc/>
    public bool IsReplaceable => false;

    /// <inheritdoc/>
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = dtype == torch.ScalarType.Float32 ? "" : $"it rounds float32 values, and the run computes in {dtype}";
        return reason.Length == 0;
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
            var halves = Mxfp8Product.apply(x_TD.index_select(0, token_n), weights.W13_EGD[expert], options.Scale).chunk(2, 1);
            var inner_nF = torch.nn.functional.silu(halves[0]) * halves[1];
            var out_nD = Mxfp8Product.apply(inner_nF, weights.W2_EDF[expert], options.Scale);
            y_TD = y_TD.index_add(0, token_n, out_nD * gate_n1, Scalars.One);
            start += count;
        }
        return y_TD.MoveToOuterDisposeScope();
    }
}
