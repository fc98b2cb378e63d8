using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>Options of <see cref="MuonH"/>.</summary>
public sealed record MuonHOptions
{
    /// <summary>Peak learning rate, as a share of a matrix's norm; marin's runs used 8.4e-3 to 9.8e-3.</summary>
    [Range(0.0, 10.0), Description("peak learning rate, as a share of a matrix's norm")]
    public double Lr { get; init; } = 1e-2;

    [Range(0.0, 0.9999), Description("momentum")]
    public double Momentum { get; init; } = 0.95;

    /// <summary>Orthogonalise g + μB instead of B.</summary>
    [Description("Nesterov momentum")]
    public bool Nesterov { get; init; } = true;

    [Description("whose norm is kept: matrix (each expert's, each of gate and up) or tensor (the whole stack's)")]
    public NormScope NormScope { get; init; } = NormScope.Matrix;

    [Description("Newton-Schulz coefficients")]
    public NewtonSchulzCoefficients Coefficients { get; init; } = NewtonSchulzCoefficients.Simple;

    [Range(1, 20), Description("Newton-Schulz steps")]
    public int Steps { get; init; } = 5;
}
