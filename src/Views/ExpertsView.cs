namespace MoELab.Views;

/// <summary>
/// Dead and overloaded experts over the run. In a step an expert is dead without a token (as <c>experts/dead</c> counts), and
/// overloaded above <see cref="Overload"/> times an even load of its layer.
/// </summary>
public sealed class ExpertsView : LineView
{
    private readonly List<double[,]> _loads;

    /// <summary>Reads the routing log, at most 600 evenly spaced records.</summary>
    /// <param name="run">The run.</param>
    /// <param name="overload">Load relative to even above which an expert counts as overloaded; 2 is a violation of 1.</param>
    public ExpertsView(RunReader run, double overload = 2)
    {
        Overload = overload;
        var frames = run.Routing is { } routing ? routing.Read(RoutingFrames.Choose(routing.Steps, 600)).ToList() : [];
        _loads = [.. frames.Select(f => RoutingFrames.Relative(f.Counts))];
        var x = frames.Select(f => (double)f.Step).ToArray();
        double[] Share(Func<double, bool> holds) =>
            [.. _loads.Select(l => l.Cast<double>().Where(double.IsFinite).Select(v => holds(v) ? 100.0 : 0).DefaultIfEmpty(double.NaN).Average())];
        Chart = new LineChart
        {
            Title = "Dead and overloaded experts",
            YLabel = FormattableString.Invariant(
                $"% of the experts of all layers; dead: no token in the step, overloaded: above {overload:0.##}x even"),
            FromZero = true,
            Series = x.Length == 0 ? [] :
            [
                new("dead", x, Share(v => v == 0), SeriesStyle.Line, "c3") { Key = "dead" },
                new("overloaded", x, Share(v => v > overload), SeriesStyle.Smoothed, "c1") { Key = "overloaded" },
            ],
            Markers = Marker.Of(run),
        };
    }

    /// <summary>Load relative to even above which an expert counts as overloaded.</summary>
    public double Overload { get; }

    /// <summary>Per layer and expert: the share of the recorded steps in which it was dead or overloaded, mean and last relative load.</summary>
    public ViewTable Table => new(["layer", "expert", "dead_share", "overloaded_share", "mean_load", "last_load"],
        [.. from first in _loads.Take(1)
            from layer in Enumerable.Range(0, first.GetLength(0))
            from expert in Enumerable.Range(0, first.GetLength(1))
            let own = _loads.Select(v => v[layer, expert]).Where(double.IsFinite).DefaultIfEmpty(double.NaN).ToList()
            let dead = own.Average(v => v == 0 ? 1.0 : 0)
            let overloaded = own.Average(v => v > Overload ? 1.0 : 0)
            select new object?[] { layer, expert, dead, overloaded, own.Average(), own[^1] }]);
}
