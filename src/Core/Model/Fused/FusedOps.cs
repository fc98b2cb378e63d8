using MoELab.Interop;

namespace MoELab.Model.Fused;

// T tokens, D width, G = 2F, H heads, K key-value heads, C head width, A = H*C, B sequences, S positions.

/// <summary>
/// The model's elementwise operations, each in one pass over memory: torch's operators read and write a [T, D] tensor four times for a
/// norm, and at small widths that costs as much as the products. For float32 on CPU; <see cref="ModelOps"/> is the oracle and takes
/// everything else.
/// </summary>
internal static class FusedOps
{
    /// <summary>As <see cref="ModelOps.RmsNorm"/>.</summary>
    public static Tensor RmsNorm(Tensor x_TD, Tensor gain_D, double eps) =>
        Takes(x_TD) ? RmsNormFunction.Run(x_TD, gain_D, null, eps) : ModelOps.RmsNorm(x_TD, gain_D, eps);

    /// <summary>The residual plus the norm of a branch.</summary>
    public static Tensor AddRmsNorm(Tensor residual_TD, Tensor branch_TD, Tensor gain_D, double eps) =>
        Takes(branch_TD) && Takes(residual_TD)
            ? RmsNormFunction.Run(branch_TD, gain_D, residual_TD, eps)
            : residual_TD + ModelOps.RmsNorm(branch_TD, gain_D, eps);

    /// <summary>As <see cref="ModelOps.SwiGlu"/>.</summary>
    public static Tensor SwiGlu(Tensor h_TG) => Takes(h_TG) ? SwiGluFunction.Run(h_TG) : ModelOps.SwiGlu(h_TG);

    /// <summary><c>o * sigmoid(gate)</c>.</summary>
    public static Tensor Gate(Tensor o_TA, Tensor gate_TA) => Takes(o_TA) && Takes(gate_TA) ? GateFunction.Run(o_TA, gate_TA) : o_TA * gate_TA.sigmoid();

    /// <summary>
    /// A projection as attention reads it: cut into heads, each normalised and rotated where asked for, and repeated for the query
    /// heads that share it.
    /// </summary>
    /// <param name="p_TA">[T, K*C].</param>
    /// <param name="gain_C">QK-norm's gain; null for none.</param>
    /// <param name="layout">Batch, length and rotation tables.</param>
    /// <param name="shape">Heads, their width and what is done with them.</param>
    /// <returns>[B, K*copies, S, C].</returns>
    public static Tensor Heads(Tensor p_TA, Tensor? gain_C, SequenceLayout layout, HeadShape shape)
    {
        if (Takes(p_TA))
            return HeadFunction.Run(p_TA, gain_C, layout, shape);
        var h_BSKC = p_TA.reshape(layout.Batch, layout.Length, shape.Heads, shape.Width);
        if (gain_C is not null)
            h_BSKC = ModelOps.RmsNorm(h_BSKC, gain_C, shape.Eps);
        if (shape.Rotated)
            h_BSKC = ModelOps.Rotate(h_BSKC, layout.Cos_SR, layout.Sin_SR);
        var h_BKSC = h_BSKC.transpose(1, 2);
        return shape.Copies == 1 ? h_BKSC : h_BKSC.repeat_interleave(shape.Copies, 1);
    }

    /// <summary>Causal attention inside documents.</summary>
    /// <param name="q_BHSC">Queries.</param>
    /// <param name="k_BKSC">Keys; as many heads as queries where the layout has masks.</param>
    /// <param name="v_BKSC">Values, as the keys.</param>
    /// <param name="layout">What positions see.</param>
    /// <param name="window">Positions that a query of a local layer sees, itself included; null in a global layer.</param>
    /// <returns>[T, A].</returns>
    public static Tensor Attention(Tensor q_BHSC, Tensor k_BKSC, Tensor v_BKSC, SequenceLayout layout, int? window)
    {
        if (layout.First_BS is not null)
            return AttentionFunction.Run(q_BHSC, k_BKSC, v_BKSC, new AttentionWork(layout, (int)q_BHSC.shape[1], (int)k_BKSC.shape[1], (int)q_BHSC.shape[3], window ?? layout.Length));
        var mask = window is null ? layout.GlobalMask : layout.LocalMask;
        var o_BHSC = torch.nn.functional.scaled_dot_product_attention(q_BHSC, k_BKSC, v_BKSC, mask, is_casual: mask is null);
        return o_BHSC.transpose(1, 2).reshape((long)layout.Batch * layout.Length, -1);
    }

    private static bool Takes(Tensor x) => x.device_type == DeviceType.CPU && x.dtype == torch.ScalarType.Float32 && NativeTorch.IsAvailable;
}

/// <summary>How a projection becomes heads.</summary>
/// <param name="Heads">K.</param>
/// <param name="Width">C, even.</param>
/// <param name="Copies">Query heads that share one of these.</param>
/// <param name="Rotated">Whether RoPE turns them.</param>
/// <param name="Eps">Of the norm.</param>
internal readonly record struct HeadShape(int Heads, int Width, int Copies, bool Rotated, double Eps);
