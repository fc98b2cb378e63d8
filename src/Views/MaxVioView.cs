using MoELab.Routing.Metrics;

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
        var steps = FromMetrics(run.Metrics);
        if (steps.Count == 0)
            steps = FromCounts(run);
        var x = steps.Select(s => (double)s.Step).ToArray();
        double[] At(double p) => [.. steps.Select(s => BalanceMetrics.Quantile(s.Values, p))];
        Chart = new LineChart
        {
            Title = "MaxVio over the layers",
            YLabel = "(max - mean) / mean of tokens per expert; 0 is even",
            FromZero = true,
            Bands = Band.Fan(x, At, "max_vio", "c0"),
            Series = x.Length == 0 ? [] :
            [
                new("worst layer", x, At(1), SeriesStyle.Dashed, "c1") { Key = "max_vio_worst_layer" },
                new("median layer", x, At(0.5), SeriesStyle.Smoothed, "c0") { Key = "max_vio_median_layer" },
            ],
            Markers = Marker.Of(run),
        };
    }

    /// <summary>MaxVio of each layer that had tokens.</summary>
    internal static double[] Of(long[,] counts) =>
        [.. BalanceMetrics.MaxVio(counts).Where((_, layer) => Enumerable.Range(0, counts.GetLength(1)).Any(e => counts[layer, e] > 0))];

    private static List<(int Step, double[] Values)> FromMetrics(MetricTable metrics) =>
        [.. metrics.Under("max_vio/layer/").SelectMany(layer => layer.Steps.Zip(layer.Values)).GroupBy(p => p.First, p => p.Second)
            .OrderBy(step => step.Key).Select(step => (step.Key, step.Where(double.IsFinite).Order().ToArray()))];

    private static List<(int Step, double[] Values)> FromCounts(RunReader run) => run.Routing is not { } routing ? []
        : [.. routing.Read(RoutingFrames.Choose(routing.Steps, 1000)).Select(r => (r.Step, Of(r.Counts).Order().ToArray()))];
}
