namespace MoELab.Plugins.Lion;

/// <summary>Options of <see cref="Lion"/>.</summary>
public sealed record LionOptions
{
    /// <summary>Peak learning rate; a third to a tenth of AdamW's.</summary>
    [Range(0.0, 10.0), Description("peak learning rate")]
    public double Lr { get; init; } = 1e-4;

    [Range(0.0, 0.999999), Description("weight of the momentum in the update")]
    public double Beta1 { get; init; } = 0.9;

    [Range(0.0, 0.999999), Description("decay of the momentum")]
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Decoupled weight decay of matrices: weights shrink by learning rate times this.</summary>
    [Range(0.0, 100.0), Description("decoupled weight decay of matrices")]
    public double WeightDecay { get; init; }

    [Description("decay vectors too")]
    public bool DecayVectors { get; init; }
}
