using MoELab.Interop.Torch;
using MoELab.Model.Operations;

namespace MoELab.Model.Fused;

// T tokens, D width, G = 2F, C head width, P columns of the joint projection.

/// <summary>
/// The model's elementwise operations, each in one pass over memory: torch's operators read and write a [T, D] tensor four times for a norm, and at
/// small widths that costs as much as the products. For float32 on CPU; <see cref="ModelOps"/> is the oracle and takes everything else.
/// </summary>
internal static class FusedOps
{
    /// <summary>Same as <see cref="ModelOps.RmsNorm"/>.</summary>
    public static Tensor RmsNorm(Tensor x_TD, Tensor gain_D, double eps) =>
        Takes(x_TD) ? RmsNormFunction.Run(x_TD, gain_D, null, eps) : ModelOps.RmsNorm(x_TD, gain_D, eps);

    /// <summary>The residual plus the norm of a branch.</summary>
    public static Tensor AddRmsNorm(Tensor residual_TD, Tensor branch_TD, Tensor gain_D, double eps) =>
        Takes(branch_TD) && Takes(residual_TD)
            ? RmsNormFunction.Run(branch_TD, gain_D, residual_TD, eps)
            : residual_TD.add(ModelOps.RmsNorm(branch_TD, gain_D, eps), Scalars.One);

    /// <summary>Same as <see cref="ModelOps.SwiGlu"/>.</summary>
    public static Tensor SwiGlu(Tensor h_TG) => Takes(h_TG) ? SwiGluFunction.Run(h_TG) : ModelOps.SwiGlu(h_TG);

    /// <summary>Same as <see cref="ModelOps.Attention"/>, which computes it if the layout has masks.</summary>
    public static Tensor Attention(Tensor p_TP, Tensor? qGain_C, Tensor? kGain_C, SequenceLayout layout, AttentionShape shape) =>
        layout.First_BS is null ? ModelOps.Attention(p_TP, qGain_C, kGain_C, layout, shape)
            : AttentionFunction.Run(p_TP, qGain_C, kGain_C, layout, shape);

    private static bool Takes(Tensor x) => x.device_type == DeviceType.CPU && x.dtype == torch.ScalarType.Float32 && NativeTorch.IsAvailable;
}
