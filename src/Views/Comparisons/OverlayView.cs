using MoELab.Training.Metrics;

namespace MoELab.Views.Comparisons;

/// <summary>One metric of any number of runs on one chart, with smoothing, a logarithmic axis, a part of the x axis, and bands over seeds.</summary>
public sealed class OverlayView : LineView
{
    // With more curves the unsmoothed ones would cover everything.
    private const int MostRaw = 8;

    /// <summary>Draws the runs that logged the metric, in their order.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="options">What is drawn and how; null draws the loss over steps.</param>
    /// <exception cref="InputException">An option is out of range, or a run did not log what the x axis needs.</exception>
    public OverlayView(IReadOnlyList<RunReader> runs, OverlayOptions? options = null)
        : this([.. Curves(runs, options ?? new())], options ?? new())
    {
    }

    internal OverlayView(IReadOnlyList<RunCurve> curves, OverlayOptions options, IReadOnlyList<Marker>? markers = null, bool training = false)
    {
        options.Checked();
        var (series, bands) = (new List<Series>(), new List<Band>());
        var style = options.Metric.StartsWith("eval", StringComparison.Ordinal) ? SeriesStyle.Dots
            : options.Smoothing == 0 ? SeriesStyle.Line : SeriesStyle.Smoothed;
        var groups = options.Seeds == SeedBand.None ? curves.Select(c => (RunCurve[])[c])
            : curves.GroupBy(c => c.Experiment.Length > 0 ? c.Experiment : c.Name).Select(g => g.ToArray());
        foreach (var group in groups)
        {
            if (group.Length == 1)
            {
                Add(group[0], style);
                continue;
            }
            var (mean, low, high) = RunCurve.Mean(group, options.Seeds, training);
            bands.Add(new Band("", low.X, low.Y, high.Y, 0.2, low.Color.Split(' ')[0])
            {
                LowKey = $"{options.Metric}/{mean.Name}/low",
                HighKey = $"{options.Metric}/{mean.Name}/high",
            });
            Add(mean, style == SeriesStyle.Dots ? SeriesStyle.Dots : SeriesStyle.Line);
        }
        var definition = MetricCatalog.Definitions.FirstOrDefault(d => d.Id == options.Metric);
        Chart = new LineChart
        {
            Title = ComparisonCurves.Words(options.Metric),
            YLabel = definition?.Unit ?? "",
            XLabel = LossAxes.Label(options.X),
            Series = series,
            Bands = bands,
            Markers = markers ?? [],
            LogY = options.Log,
            From = options.From,
            To = options.To,
            Smoothing = options.Smoothing,
            Even = style != SeriesStyle.Dots && (series.Count > MostRaw || bands.Count > 0) && options.Smoothing != 0,
        };

        void Add(RunCurve curve, SeriesStyle how) =>
            series.Add(new Series(curve.Name, curve.X, curve.Y, how, curve.Color) { Key = $"{options.Metric}/{curve.Name}" });
    }

    private static IEnumerable<RunCurve> Curves(IReadOnlyList<RunReader> runs, OverlayOptions options) =>
        runs.Select((run, i) => RunCurve.Of(run.Name, run.RecipeOrNull is { } recipe ? ExperimentKey.Of(recipe) : "", RunCurve.Look(i),
            options.Metric, options.X, run.Metrics.Find, () => LossView.FlopsPerToken(run))).OfType<RunCurve>();
}
