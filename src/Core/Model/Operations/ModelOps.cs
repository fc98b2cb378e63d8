using MoELab.Interop.Torch;

namespace MoELab.Model.Operations;

// T tokens, D width, B sequences, S positions, H heads, K key-value heads, C head width, A = H*C, R half a head's width, P columns of the
// joint projection.

/// <summary>
/// The model's elementwise operations, written with torch's operators: they run on every device and are the oracle for the fused ones.
/// </summary>
internal static class ModelOps
{
    /// <summary><c>x / sqrt(mean(x^2) + eps) * gain</c> over the last axis, computed in float32.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor gain, double eps)
    {
        var wide = x.to(torch.ScalarType.Float32);
        var mean = wide.pow(Scalars.Two).mean([-1], keepdim: true);
        return (wide * mean.add(Scalars.Of(eps), Scalars.One).rsqrt() * gain).to(x.dtype);
    }

    /// <summary><c>silu(gate) * up</c>; gate is the first half of the last axis.</summary>
    public static Tensor SwiGlu(Tensor h_TG)
    {
        var half = h_TG.shape[^1] / 2;
        return torch.nn.functional.silu(h_TG.narrow(-1, 0, half)) * h_TG.narrow(-1, half, half);
    }

    /// <summary>Rotates halves of each head: <c>(a cos - b sin, b cos + a sin)</c>, computed in float32.</summary>
    public static Tensor Rotate(Tensor x_BSHR, Tensor cos_SR, Tensor sin_SR)
    {
        var wide = x_BSHR.to(torch.ScalarType.Float32);
        var half = wide.shape[^1] / 2;
        var (a, b) = (wide.narrow(-1, 0, half), wide.narrow(-1, half, half));
        var (cos, sin) = (cos_SR.unsqueeze(1), sin_SR.unsqueeze(1));
        return torch.cat([(a * cos) - (b * sin), (b * cos).add(a * sin, Scalars.One)], -1).to(x_BSHR.dtype);
    }

    /// <summary>
    /// Causal attention inside documents, with QK-norm, rotation and gate if the shape has them. Queries, keys, values and gate of each token are
    /// side by side in P; without gains there is no QK-norm.
    /// </summary>
    public static Tensor Attention(Tensor p_TP, Tensor? qGain_C, Tensor? kGain_C, SequenceLayout layout, AttentionShape shape)
    {
        Tensor Heads(int first, int heads, Tensor? gain_C, bool rotated)
        {
            var h_BSHC = p_TP.narrow(1, first, (long)heads * shape.Width).reshape(layout.Batch, layout.Length, heads, shape.Width);
            if (gain_C is not null)
                h_BSHC = RmsNorm(h_BSHC, gain_C, shape.Eps);
            if (rotated)
                h_BSHC = Rotate(h_BSHC, layout.Cos_SR, layout.Sin_SR);
            var h_BHSC = h_BSHC.transpose(1, 2);
            return heads == shape.Heads ? h_BHSC : h_BHSC.repeat_interleave(shape.Copies, 1);
        }

        var mask = shape.Window is null ? layout.GlobalMask : layout.LocalMask;
        var o_BHSC = torch.nn.functional.scaled_dot_product_attention(
            Heads(shape.Query(0), shape.Heads, qGain_C, shape.Rotated), Heads(shape.Key(0), shape.KeyHeads, kGain_C, shape.Rotated),
            Heads(shape.Value(0), shape.KeyHeads, null, false),
            mask, is_casual: mask is null);
        var o_TA = o_BHSC.transpose(1, 2).reshape((long)layout.Batch * layout.Length, -1);
        return shape.Gated ? o_TA * p_TP.narrow(1, shape.Gate(0), shape.OutputColumns).sigmoid() : o_TA;
    }
}
