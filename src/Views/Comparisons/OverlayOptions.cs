using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Views.Comparisons;

/// <summary>How an <see cref="OverlayView"/> draws.</summary>
public sealed record OverlayOptions
{
    /// <summary>The metric's key.</summary>
    [Description("metric")]
    public string Metric { get; init; } = "loss";

    /// <summary>The x axis.</summary>
    [Description("x axis")]
    public LossAxis X { get; init; } = LossAxis.Steps;

    /// <summary>See <see cref="LineChart.Smoothing"/>.</summary>
    [Range(0, 0.999), Description("weight of an exponential moving average")]
    public double? Smoothing { get; init; }

    /// <summary>Whether the y axis is logarithmic.</summary>
    [Description("logarithmic y axis")]
    public bool Log { get; init; }

    /// <summary>Where the x axis begins; null: where the curves begin.</summary>
    [Description("first position")]
    public double? From { get; init; }

    /// <summary>Where the x axis ends; null: where the curves end.</summary>
    [Description("last position")]
    public double? To { get; init; }

    /// <summary>Whether runs that differ only in the seed become one curve with a band.</summary>
    [Description("band over seeds")]
    public SeedBand Seeds { get; init; }

    /// <exception cref="InputException">A value that cannot be used.</exception>
    internal OverlayOptions Checked()
    {
        if (Smoothing is { } weight && weight is not (>= 0 and <= 0.999))
            throw new InputException(FormattableString.Invariant($"overlay: smoothing {weight}; expected 0 to 0.999"));
        if (From is { } from && To is { } to && !(from < to))
            throw new InputException(FormattableString.Invariant($"overlay: from {from} to {to}; expected the first to be less than the last"));
        return this;
    }
}
