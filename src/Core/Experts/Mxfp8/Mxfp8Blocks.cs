// Shapes: R rows, C columns, B blocks of 32 columns.

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// Rounds to MXFP8 and back to float32: blocks of 32 values share a power of two, and each value is an E4M3 number (OCP Microscaling Formats v1.0,
/// sections 5.1, 5.2 and 6.3: shared exponent floor(log2(amax)) - 8, ties to even, saturating at 448).
/// </summary>
internal static class Mxfp8Blocks
{
    /// <summary>Values that share a scale.</summary>
    public const int Size = 32;

    private const int LargestExponent = 8, SmallestExponent = -6, MantissaBits = 3;
    private const float Largest = 448;

    /// <summary>The values as MXFP8 stores them, in blocks along the columns; the last block of a row may be shorter.</summary>
    /// <param name="x_RC">[R, C], float32.</param>
    /// <returns>[R, C], float32.</returns>
    public static Tensor Round(Tensor x_RC)
    {
        using var scope = torch.NewDisposeScope();
        var (rows, columns) = (x_RC.shape[0], x_RC.shape[1]);
        var short_ = (Size - (columns % Size)) % Size;
        var padded = short_ == 0 ? x_RC : torch.nn.functional.pad(x_RC, [0, short_]);
        var x_RB32 = padded.reshape(rows, -1, Size);
        // frexp's mantissa is in [0.5, 1), so its exponent is one above floor(log2).
        var shared_RB1 = torch.frexp(x_RB32.abs().amax([2], keepdim: true)).Exponent.sub(LargestExponent + 1).clamp(-127, 127);
        var scaled_RB32 = x_RB32.ldexp(shared_RB1.neg());
        var step_RB32 = torch.frexp(scaled_RB32).Exponent.sub(1).clamp_min(SmallestExponent).sub(MantissaBits);
        var rounded_RB32 = scaled_RB32.ldexp(step_RB32.neg()).round().ldexp(step_RB32).clamp(-Largest, Largest);
        return rounded_RB32.ldexp(shared_RB1).reshape(rows, -1).narrow(1, 0, columns).contiguous().MoveToOuterDisposeScope();
    }
}
