using MoELab.Runs.Reading;
using MoELab.Views;
using MoELab.Views.Scenes;

namespace MoELab.Live;

/// <summary>A curve of a card.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Metric">What it shows; the held-out loss is the mean of the domains where the run logs no other.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Color">Palette class.</param>
internal sealed record CardCurve(string Name, string Metric, SeriesStyle Style, string Color)
{
    /// <summary>What the run has logged of it so far.</summary>
    public Series Draw(MetricTable metrics) => (Metric == "eval/loss" ? LossView.HeldOut(metrics) : metrics.Find(Metric)) is { } column
        ? Series.Of(column, Name, Style, Color) : new Series(Name, [], [], Style, Color);
}
