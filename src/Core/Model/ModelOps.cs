namespace MoELab.Model;

// T tokens, D width, B sequences, S positions, H heads, R half a head's width.

/// <summary>The model's elementwise operations, written with torch's operators: they run everywhere and are the oracle of the fused ones.</summary>
internal static class ModelOps
{
    /// <summary><c>x / sqrt(mean(x^2) + eps) * gain</c> over the last axis, computed in float32.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor gain, double eps)
    {
        var wide = x.to(torch.ScalarType.Float32);
        var mean = wide.square().mean([-1], keepdim: true);
        return (wide * (mean + eps).rsqrt() * gain).to(x.dtype);
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
        return torch.cat([(a * cos) - (b * sin), (b * cos) + (a * sin)], -1).to(x_BSHR.dtype);
    }
}
