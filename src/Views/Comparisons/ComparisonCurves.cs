using MoELab.Runs.Log;
using MoELab.Training.Metrics;

namespace MoELab.Views.Comparisons;

/// <summary>One metric of several runs over a common x axis.</summary>
public sealed class ComparisonCurves : LineView
{
    internal ComparisonCurves(Comparison comparison, string x, string metric, string? title = null, string? unit = null)
    {
        if (x is not ("tokens" or "step" or "time"))
            throw new InputException($"compare: x axis '{x}'; expected tokens, step or time");
        var series = new List<Series>();
        for (var i = 0; i < comparison.Runs.Count; i++)
            if (comparison.Runs[i].Metrics.Find(metric) is { Count: > 0 } column)
                series.Add(new Series(comparison.Names[i], Positions(comparison.Runs[i].Metrics, column.Steps, x), column.Values,
                    metric.StartsWith("eval/", StringComparison.Ordinal) ? SeriesStyle.Dots : SeriesStyle.Smoothed, Palette.Category(i))
                { Key = $"{metric}/{comparison.Names[i]}" });
        Chart = new LineChart
        {
            Title = title ?? Words(metric),
            YLabel = unit ?? MetricCatalog.Definitions.FirstOrDefault(d => d.Id == metric)?.Unit ?? "",
            XLabel = x == "time" ? "seconds" : x,
            Series = series,
            Markers = [.. comparison.Runs.SelectMany((run, i) => Changes(run, comparison.Names[i], x))],
        };
    }

    // What changed a run; checkpoints and the like of several runs would cover each other.
    private static IEnumerable<Marker> Changes(RunReader run, string name, string x)
    {
        var changes = run.Events.Where(e => e.Kind is EventKind.Swap or EventKind.Set or EventKind.Alert or EventKind.Restart && e.Path != "alerts")
            .ToArray();
        var steps = changes.Select(e => e.Step).Distinct().Order().ToArray();
        var at = steps.Zip(Positions(run.Metrics, steps, x)).ToDictionary(p => p.First, p => p.Second);
        return changes.Where(e => double.IsFinite(at[e.Step])).Select(e => new Marker(at[e.Step], e.Word, $"{name}, {Marker.TextOf(e)}"));
    }

    internal static string Words(string metric) => metric switch
    {
        "loss" => "Training loss",
        "max_vio/mean" => "MaxVio, mean over layers",
        "eval/bits_per_byte" => "Held-out text",
        "tokens_per_second" => "Speed",
        _ => metric,
    };

    private static IReadOnlyList<double> Positions(MetricTable metrics, IReadOnlyList<int> steps, string x)
    {
        if (x == "tokens" && metrics.Find("tokens_total") is null && metrics.Find("tokens") is { } tokens)
        {
            var sum = 0.0;
            var totals = tokens.Steps.Zip(tokens.Values.Select(v => sum += v)).ToDictionary(p => p.First, p => p.Second);
            return [.. steps.Select(s => totals.GetValueOrDefault(s, double.NaN))];
        }
        return x == "step" || metrics.Find(x == "tokens" ? "tokens_total" : "time") is not { } positions
            ? [.. steps.Select(s => (double)s)]
            : [.. steps.Select(positions.At)];
    }
}
