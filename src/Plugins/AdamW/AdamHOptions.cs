using MoELab.Optimization;

namespace MoELab.Plugins.AdamW;

/// <summary>Options of <see cref="AdamH"/>.</summary>
public sealed record AdamHOptions
{
    /// <summary>Peak learning rate, as a share of a matrix's norm; marin's rule gives 1.2e-2 for its smallest run, 13/3 of Adam's.</summary>
    [Range(0.0, 10.0), Description("peak learning rate, as a share of a matrix's norm")]
    public double Lr { get; init; } = 1e-2;

    [Range(0.0, 0.999999), Description("decay of the first moment")]
    public double Beta1 { get; init; } = 0.9;

    [Range(0.0, 0.999999), Description("decay of the second moment")]
    public double Beta2 { get; init; } = 0.95;

    [Range(1e-30, 1.0), Description("added to the root of the second moment")]
    public double Eps { get; init; } = 1e-8;

    [Description("whose norm is kept: matrix (each expert's, each of gate and up) or tensor (the whole stack's)")]
    public NormScope NormScope { get; init; } = NormScope.Matrix;
}
