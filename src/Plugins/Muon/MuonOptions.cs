using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>Options of <see cref="Muon"/>.</summary>
public sealed record MuonOptions
{
    /// <summary>Peak learning rate; 1e-3 is Trinity Nano's and Mini's.</summary>
    [Range(0.0, 10.0), Description("peak learning rate")]
    public double Lr { get; init; } = 1e-3;

    [Range(0.0, 0.9999), Description("momentum")]
    public double Momentum { get; init; } = 0.95;

    /// <summary>Orthogonalise g + μB instead of B.</summary>
    [Description("Nesterov momentum")]
    public bool Nesterov { get; init; } = true;

    /// <summary>Decoupled weight decay: weights shrink by learning rate times this.</summary>
    [Range(0.0, 10.0), Description("decoupled weight decay")]
    public double WeightDecay { get; init; }

    [Description("jordan: sqrt(max(1, out/in)); match-rms: 0.2 sqrt(max(out, in))")]
    public MuonScale Scale { get; init; } = MuonScale.Jordan;

    [Description("Newton-Schulz coefficients")]
    public NewtonSchulzCoefficients Coefficients { get; init; } = NewtonSchulzCoefficients.Simple;

    [Range(1, 20), Description("Newton-Schulz steps")]
    public int Steps { get; init; } = 5;
}
