using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training.Metrics;
using MoELab.Views.Scenes;

namespace MoELab.Views.Comparisons;

/// <summary>One metric of several runs over a common x axis.</summary>
public sealed class ComparisonCurves : LineView
{
    internal ComparisonCurves(Comparison comparison, string x, string metric)
    {
        if (x is not ("tokens" or "step" or "time"))
            throw new InputException($"compare: x axis '{x}'; expected tokens, step or time");
        var series = new List<Series>();
        for (var i = 0; i < comparison.Runs.Count; i++)
            if (comparison.Runs[i].Metrics.Find(metric) is { Count: > 0 } column)
                series.Add(new Series(comparison.Names[i], Positions(comparison.Runs[i].Metrics, column, x), column.Values,
                    metric.StartsWith("eval/", StringComparison.Ordinal) ? SeriesStyle.Dots : SeriesStyle.Smoothed, Palette.Category(i))
                { Key = $"{metric}/{comparison.Names[i]}" });
        var unit = MetricCatalog.Definitions.FirstOrDefault(d => d.Id == metric)?.Unit ?? "";
        Chart = new LineChart
        {
            Title = Words(metric),
            YLabel = unit,
            XLabel = x == "time" ? "seconds" : x,
            Series = series,
            Markers = [.. comparison.Runs.SelectMany((run, i) => Changes(run, comparison.Names[i], x))],
        };
    }

    /// <inheritdoc/>
    public override LineChart Chart { get; }

    // What changed a run; checkpoints and the like of several runs would cover each other.
    private static IEnumerable<Marker> Changes(RunReader run, string name, string x)
    {
        var changes = run.Events.Where(e => e.Kind is EventKind.Swap or EventKind.Set or EventKind.Alert or EventKind.Restart && e.Path != "alerts").ToArray();
        var steps = changes.Select(e => e.Step).Distinct().Order().ToArray();
        var at = steps.Zip(Positions(run.Metrics, new MetricColumn("", steps, new double[steps.Length]), x)).ToDictionary(p => p.First, p => p.Second);
        return changes.Where(e => double.IsFinite(at[e.Step])).Select(e => new Marker(at[e.Step], e.Word, $"{name}, {Marker.TextOf(e)}"));
    }

    private static string Words(string metric) => metric switch
    {
        "loss" => "Training loss",
        "max_vio/mean" => "MaxVio, mean over layers",
        "eval/bits_per_byte" => "Held-out text",
        "tokens_per_second" => "Speed",
        _ => metric,
    };

    private static IReadOnlyList<double> Positions(MetricTable metrics, MetricColumn column, string x)
    {
        if (x == "tokens" && metrics.Find("tokens_total") is null && metrics.Find("tokens") is { } tokens)
        {
            var sum = 0.0;
            var totals = tokens.Steps.Zip(tokens.Values.Select(v => sum += v)).ToDictionary(p => p.First, p => p.Second);
            return [.. column.Steps.Select(s => totals.GetValueOrDefault(s, double.NaN))];
        }
        return x == "step" || metrics.Find(x == "tokens" ? "tokens_total" : "time") is not { } positions
            ? [.. column.Steps.Select(s => (double)s)]
            : [.. column.Steps.Select(positions.At)];
    }
}
