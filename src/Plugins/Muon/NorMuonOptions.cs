using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>Options of <see cref="NorMuon"/>.</summary>
public sealed record NorMuonOptions
{
    /// <summary>Peak learning rate; the update's RMS is 0.2 times it, as AdamW's.</summary>
    [Range(0.0, 10.0), Description("peak learning rate")]
    public double Lr { get; init; } = 1e-3;

    [Range(0.0, 0.9999), Description("momentum, beta1")]
    public double Momentum { get; init; } = 0.95;

    [Range(0.0, 0.9999), Description("decay of the rows' second moment")]
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Orthogonalise g + β1(M - g) instead of M.</summary>
    [Description("Nesterov momentum")]
    public bool Nesterov { get; init; }

    [Range(1e-30, 1.0), Description("added to the second moment")]
    public double Eps { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay: weights shrink by learning rate times this.</summary>
    [Range(0.0, 10.0), Description("decoupled weight decay")]
    public double WeightDecay { get; init; }

    [Description("Newton-Schulz coefficients")]
    public NewtonSchulzCoefficients Coefficients { get; init; } = NewtonSchulzCoefficients.Simple;

    [Range(1, 20), Description("Newton-Schulz steps")]
    public int Steps { get; init; } = 5;
}
