// Shapes: T tokens, D model width, F inner width, N rows, P rows in whole blocks of 32.

using MoELab.Interop.Torch;

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// Experts whose products see their operands as MXFP8 stores them, forward and backward: the numbers of low-precision training
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
        var rows = new Mxfp8Rows(plan.Counts);
        if (rows.Groups.Count == 0)
            return torch.zeros_like(x_TD).MoveToOuterDisposeScope();
        var index_P = rows.Index(x_TD.device);
        // One row more than there are tokens takes what fills blocks up.
        var token_P = Filled(plan.RowToken_N, x_TD.shape[0]).index_select(0, index_P);
        var x_PD = torch.cat([x_TD, torch.zeros_like(x_TD.narrow(0, 0, 1))], 0).index_select(0, token_P);
        var gates_P1 = torch.cat([gates_N.index_select(0, plan.RowChoice_N), torch.zeros_like(gates_N.narrow(0, 0, 1))], 0).index_select(0, index_P).unsqueeze(1);
        var halves = Mxfp8Product.apply(x_PD, weights.W13_EGD, rows, options.Scale).chunk(2, 1);
        var inner_PF = torch.nn.functional.silu(halves[0]) * halves[1];
        var out_PD = Mxfp8Product.apply(inner_PF, weights.W2_EDF, rows, options.Scale);
        var y_TD = torch.zeros([x_TD.shape[0] + 1, x_TD.shape[1]], device: x_TD.device).index_add(0, token_P, out_PD * gates_P1, Scalars.One)
            .narrow(0, 0, x_TD.shape[0]).contiguous();
        return y_TD.MoveToOuterDisposeScope();
    }

    private static Tensor Filled(Tensor index_N, long last) => torch.cat([index_N, torch.full([1], Scalars.Of(last), dtype: index_N.dtype, device: index_N.device)], 0);
}
