namespace MoELab.Plugins.AdamW;

/// <summary>Options of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Peak learning rate; 3e-4 is the upper end of Trinity's 2e-4 to 3e-4 for embedding and head.</summary>
    [Range(0.0, 10.0), Description("peak learning rate")]
    public double Lr { get; init; } = 3e-4;

    [Range(0.0, 0.999999), Description("decay of the first moment")]
    public double Beta1 { get; init; } = 0.9;

    [Range(0.0, 0.999999), Description("decay of the second moment")]
    public double Beta2 { get; init; } = 0.95;

    [Range(1e-30, 1.0), Description("added to the root of the second moment")]
    public double Eps { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices: weights shrink by learning rate times this; 0.1 is the field's for language models.</summary>
    [Range(0.0, 10.0), Description("decoupled weight decay of matrices")]
    public double WeightDecay { get; init; } = 0.1;

    [Description("decay vectors too")]
    public bool DecayVectors { get; init; }
}
