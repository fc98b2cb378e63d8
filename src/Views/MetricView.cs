namespace MoELab.Views;

/// <summary>Any metrics of a run on one chart.</summary>
public sealed class MetricView : LineView
{
    /// <summary>Draws those of <paramref name="metrics"/> that the run has; <c>KEY=label</c> names a curve in the legend.</summary>
    public MetricView(RunReader run, string title, string unit, SeriesStyle style, bool fromZero, params string[] metrics)
    {
        var series = new List<Series>();
        foreach (var parts in metrics.Select(m => m.Split('=', 2)))
            if (run.Metrics.Find(parts[0]) is { } column)
                series.Add(Series.Of(column, parts[^1], style, Palette.Category(series.Count)));
        var label = unit.Length == 0 && series.Count == 1 ? series[0].Name : unit;
        Chart = new LineChart { Title = title, YLabel = label, FromZero = fromZero, Series = series, Markers = Marker.Of(run) };
    }
}
