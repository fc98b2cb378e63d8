using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Plugins.Quantile;

/// <summary>Options of <see cref="Quantile"/>.</summary>
public sealed record QuantileOptions
{
    /// <summary>Share of the old bias that stays.</summary>
    [Range(0.0, 0.9999), Description("Share of the old bias that stays in each step; 0 takes the new quantile as it is.")]
    public double Ema { get; init; }
}
