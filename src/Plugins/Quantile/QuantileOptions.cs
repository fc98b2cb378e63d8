namespace MoELab.Plugins.Quantile;

/// <summary>Options of <see cref="Quantile"/>.</summary>
public sealed record QuantileOptions
{
    [Range(0.0, 0.9999), Description("Share of the old bias that remains in each step; 0 uses the new quantile alone.")]
    public double Ema { get; init; }

    [Description("log-bins: a histogram that is fine around 0; bins: equal bins over the layer's margins (marin); exact: by sorting.")]
    public QuantileEstimator Estimator { get; init; } = QuantileEstimator.LogBins;

    [Range(2, 1_000_000), Description("Number of bins of the estimator bins (marin: 10,000).")]
    public int Bins { get; init; } = 10_000;

    [Range(0, 1), Description("Steps for which a new bias is pending before it is used: 0 uses it in the next step, 1 in the one after.")]
    public int Delay { get; init; }
}
