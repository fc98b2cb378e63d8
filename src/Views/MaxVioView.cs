using MoELab.Routing.Metrics;
using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>
/// MaxVio as a fan over the layers: median, quartiles, 10th to 90th percentile and the worst layer, with the event lane.
/// MaxVio = (max n - mean n) / mean n per layer and step (Trinity report, equation 42).
/// </summary>
public sealed class MaxVioView : LineView
{
    /// <summary>Reads <c>max_vio/layer/I</c>; without those, computes them from the routing log.</summary>
    public MaxVioView(RunReader run)
    {
        var (steps, perStep) = FromMetrics(run.Metrics);
        if (steps.Count == 0)
            (steps, perStep) = FromCounts(run);
        var x = steps.Select(s => (double)s).ToArray();
        foreach (var values in perStep)
            values.Sort();
        double[] At(double p) => [.. perStep.Select(v => BalanceMetrics.Quantile(v, p))];
        Chart = new LineChart
        {
            Title = "MaxVio over the layers",
            YLabel = "(max - mean) / mean of tokens per expert; 0 is even",
            FromZero = true,
            Bands = x.Length < 2 ? [] : [new("10-90 %", x, At(0.1), At(0.9), 0.16) { LowKey = "max_vio_p10", HighKey = "max_vio_p90" }, new("25-75 %", x, At(0.25), At(0.75), 0.28) { LowKey = "max_vio_p25", HighKey = "max_vio_p75" }],
            Series = x.Length == 0 ? [] : [new("worst layer", x, At(1), SeriesStyle.Dashed, "c1") { Key = "max_vio_worst_layer" }, new("median layer", x, At(0.5), SeriesStyle.Smoothed, "c0") { Key = "max_vio_median_layer" }],
            Markers = Marker.Of(run),
        };
    }

    /// <inheritdoc/>
    public override LineChart Chart { get; }

    /// <summary>MaxVio of each layer that had tokens.</summary>
    internal static List<double> Of(long[,] counts) =>
        [.. BalanceMetrics.MaxVio(counts).Where((_, layer) => Enumerable.Range(0, counts.GetLength(1)).Any(e => counts[layer, e] > 0))];

    private static (IReadOnlyList<int> Steps, List<List<double>> PerStep) FromMetrics(MetricTable metrics)
    {
        var perStep = new SortedDictionary<int, List<double>>();
        foreach (var layer in metrics.Under("max_vio/layer/"))
            for (var i = 0; i < layer.Count; i++)
            {
                if (!perStep.TryGetValue(layer.Steps[i], out var values))
                    perStep[layer.Steps[i]] = values = [];
                if (double.IsFinite(layer.Values[i]))
                    values.Add(layer.Values[i]);
            }
        return ([.. perStep.Keys], [.. perStep.Values]);
    }

    private static (IReadOnlyList<int> Steps, List<List<double>> PerStep) FromCounts(RunReader run)
    {
        if (run.Routing is not { } routing)
            return ([], []);
        var steps = RoutingFrames.Choose(routing.Steps, 1000);
        return (steps, [.. routing.Read(steps).Select(r => Of(r.Counts))]);
    }
}
