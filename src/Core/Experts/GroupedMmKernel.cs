// Shapes: T tokens, N choices, D model width, F inner width, K choices of a token.
using MoELab.Interop.Torch;

namespace MoELab.Experts;

/// <summary>All experts in two grouped products: few launches, made for bfloat16 on CUDA.</summary>
[Plugin("grouped-mm", "torch._grouped_mm; fastest on CUDA in bfloat16")]
// Not on the CPU: there its rows must be multiples of 16 bytes, which not every size gives.
[KernelPriority(DeviceType.CUDA, 10)]
public sealed class GroupedMmKernel : IExpertKernel
{
    // Bytes: torch's product wants rows that begin at a multiple of it.
    private const int Alignment = 16;

    /// <inheritdoc/>
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        var supported = dtype == torch.ScalarType.BFloat16 || (device.type == DeviceType.CPU && dtype == torch.ScalarType.Float32);
        reason = supported ? "" : $"grouped-mm computes in bfloat16 on CUDA, not in {dtype}";
        return supported;
    }

    /// <inheritdoc/>
    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        var step = Alignment / (int)x_TD.element_size();
        if (x_TD.shape[1] % step != 0 || weights.Width % step != 0)
            throw new InputException($"kernel: grouped-mm needs widths that are multiples of {step} in {x_TD.dtype}, "
                + $"not model.d_model {x_TD.shape[1]} and model.expert_ffn {weights.Width}; use another expert kernel or other widths");
        using var scope = torch.NewDisposeScope();
        if (plan.RowToken_N.shape[0] == 0)
            return torch.zeros_like(x_TD).MoveToOuterDisposeScope();

        var x_ND = x_TD.index_select(0, plan.RowToken_N);
        var halves = GroupedMm.Run(x_ND, weights.W13_EGD.contiguous().transpose(1, 2), plan.Ends_E).chunk(2, 1);
        var inner_NF = torch.nn.functional.silu(halves[0]) * halves[1];
        var out_ND = GroupedMm.Run(inner_NF, weights.W2_EDF.contiguous().transpose(1, 2), plan.Ends_E).to(torch.ScalarType.Float32);
        Tensor y_TD;
        if (plan.TopK > 0)
        {
            // The inverse permutation brings a token's K rows together: a gather and a sum, where scattered additions would race.
            var row_N = torch.empty_like(plan.RowChoice_N).scatter(0, plan.RowChoice_N, Indices.Below(plan.RowChoice_N.shape[0], x_TD.device));
            var choices_TKD = (out_ND.index_select(0, row_N) * gates_N.unsqueeze(1)).view(plan.Tokens, plan.TopK, -1);
            y_TD = choices_TKD.sum(1);
        }
        else
        {
            var weighted_ND = out_ND * gates_N.index_select(0, plan.RowChoice_N).unsqueeze(1);
            y_TD = torch.zeros(x_TD.shape, dtype: torch.ScalarType.Float32, device: x_TD.device).index_add(0, plan.RowToken_N, weighted_ND, Scalars.One);
        }
        return y_TD.to(x_TD.dtype).MoveToOuterDisposeScope();
    }
}
