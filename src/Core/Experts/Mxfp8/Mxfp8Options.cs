using System.ComponentModel;

namespace MoELab.Experts.Mxfp8;

/// <summary>How the power of two is found that a block of values shares.</summary>
public enum Mxfp8Scale
{
    /// <summary>Rounded up, so that no value of the block saturates (arXiv 2506.08027).</summary>
    Up,

    /// <summary>The exponent of the largest value less 8, as the format's text has it (OCP Microscaling Formats v1.0, section 6.3): up to an eighth of
    /// the largest values is cut off.</summary>
    Floor,
}

/// <summary>Options of <see cref="Mxfp8Kernel"/>.</summary>
public sealed record Mxfp8Options
{
    /// <summary>How the scale of a block is found.</summary>
    [Description("how the power of two of 32 values is found: up (none saturates) or floor (the format's text; the largest saturate)")]
    public Mxfp8Scale Scale { get; init; }
}
