namespace MoELab.Views.Comparisons;

/// <summary>What an overlay makes of runs that differ in nothing but the seed.</summary>
public enum SeedBand
{
    /// <summary>Each has a curve of its own.</summary>
    None,

    /// <summary>One curve, their mean, within a band from the least to the largest.</summary>
    Range,

    /// <summary>One curve, their mean, within a band of one standard error of it to either side.</summary>
    StandardError,
}
