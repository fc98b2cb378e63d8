namespace MoELab.Plugins.Quantile;

/// <summary>How the quantile of an expert's margins is found.</summary>
public enum QuantileEstimator
{
    /// <summary>From a histogram whose bins are fine around 0 and the same for every router, layer and step; it needs the least memory.</summary>
    LogBins,

    /// <summary>From equal bins between the smallest and the largest margin of the layer, linear inside a bin (marin, with 10,000).</summary>
    Bins,

    /// <summary>The order statistic itself, by sorting.</summary>
    Exact,
}
