// Shapes: R rows, C columns, B blocks of 32.

using MoELab.Interop.Torch;

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// Rounds to MXFP8 and back to float32: blocks of 32 values share a power of two, and each value is an E4M3 number (OCP Microscaling Formats v1.0,
/// sections 5.1 and 5.2: ties to even, saturating at 448), whose scale is found in one of two ways (<see cref="Mxfp8Scale"/>).
/// </summary>
internal static class Mxfp8Blocks
{
    /// <summary>Values that share a scale.</summary>
    public const int Size = 32;

    private const int LargestExponent = 8, SmallestExponent = -6, MantissaBits = 3;
    private const double Largest = 448;

    /// <summary>Rounds with blocks along the columns; the last block of a row may be shorter.</summary>
    /// <param name="x_RC">[R, C], float32.</param>
    /// <param name="scale">How the scale of a block is found.</param>
    /// <returns>[R, C], float32.</returns>
    public static Tensor AlongColumns(Tensor x_RC, Mxfp8Scale scale)
    {
        using var scope = torch.NewDisposeScope();
        var (rows, columns) = (x_RC.shape[0], x_RC.shape[1]);
        var missing = (Size - (columns % Size)) % Size;
        var padded = missing == 0 ? x_RC : torch.nn.functional.pad(x_RC, [0, missing]);
        return Round(padded.reshape(rows, -1, Size), 2, scale).reshape(rows, -1).narrow(1, 0, columns).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Rounds with blocks down the rows.</summary>
    /// <param name="x_RC">[R, C], float32; R a multiple of 32.</param>
    /// <param name="scale">How the scale of a block is found.</param>
    /// <returns>[R, C], float32.</returns>
    public static Tensor AlongRows(Tensor x_RC, Mxfp8Scale scale)
    {
        using var scope = torch.NewDisposeScope();
        return Round(x_RC.reshape(-1, Size, x_RC.shape[1]), 1, scale).reshape(x_RC.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Round(Tensor blocks, int axis, Mxfp8Scale scale)
    {
        var shared = Shared(blocks.abs().amax([axis], keepdim: true), scale).clamp(Scalars.Of(-127), Scalars.Of(127));
        var scaled = blocks.ldexp(shared.neg());
        var step = torch.frexp(scaled).Exponent.sub(Scalars.One).clamp_min(Scalars.Of(SmallestExponent)).sub(Scalars.Of(MantissaBits));
        var rounded = scaled.ldexp(step.neg()).round().ldexp(step).clamp(Scalars.Of(-Largest), Scalars.Of(Largest));
        return rounded.ldexp(shared);
    }

    // frexp's mantissa is in [0.5, 1): its exponent is one above floor(log2), and is ceil(log2) except for powers of two.
    private static Tensor Shared(Tensor largest, Mxfp8Scale scale)
    {
        if (scale == Mxfp8Scale.Floor)
            return torch.frexp(largest).Exponent.sub(Scalars.Of(LargestExponent + 1));
        var (mantissa, exponent) = torch.frexp(largest.div(Scalars.Of(Largest)));
        return exponent.add(mantissa.eq(Scalars.Of(0.5)).to(exponent.dtype), Scalars.Of(-1));
    }
}
