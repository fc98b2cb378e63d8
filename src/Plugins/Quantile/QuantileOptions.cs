namespace MoELab.Plugins.Quantile;

/// <summary>Options of <see cref="Quantile"/>.</summary>
public sealed record QuantileOptions
{
    [Range(0.0, 0.9999), Description("Share of the old bias that remains in each step; 0 uses the new quantile alone.")]
    public double Ema { get; init; }
}
