using MoELab.Routing.Metrics;

namespace MoELab.Views;

/// <summary>How the tokens spread over the experts: percentiles of the load over all layers and experts, relative to an even load.</summary>
public sealed class LoadView : LineView
{
    /// <summary>Reads the routing log.</summary>
    public LoadView(RunReader run)
    {
        var frames = run.Routing is { } routing ? routing.Read(RoutingFrames.Choose(routing.Steps, 600)).ToList() : [];
        var x = frames.Select(f => (double)f.Step).ToArray();
        var loads = frames.Select(f => RoutingFrames.Relative(f.Counts).Cast<double>().Where(double.IsFinite).Order().ToArray()).ToList();
        double[] At(double p) => [.. loads.Select(v => BalanceMetrics.Quantile(v, p))];
        Chart = new LineChart
        {
            Title = "Load of the experts",
            YLabel = "tokens relative to an even load; 1 is even",
            FromZero = true,
            Bands = Band.Fan(x, At, "load", "c2"),
            Series = x.Length == 0 ? [] :
            [
                new("least", x, At(0), SeriesStyle.Dashed, "c3") { Key = "load_least" },
                new("most", x, At(1), SeriesStyle.Dashed, "c1") { Key = "load_most" },
                new("median", x, At(0.5), SeriesStyle.Smoothed, "c2") { Key = "load_median" },
            ],
            Markers = Marker.Of(run),
        };
    }
}
