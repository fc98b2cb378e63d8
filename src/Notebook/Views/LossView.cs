using MoELab.Runs;

namespace MoELab.Views;

/// <summary>Training loss, raw and smoothed, with the held-out loss of every evaluation.</summary>
public sealed class LossView : LineView
{
    /// <summary>Reads the run's <c>loss</c> and <c>eval/loss</c> (else the mean of <c>eval/loss/DOMAIN</c>).</summary>
    public LossView(RunReader run)
    {
        var series = new List<Series>();
        if (run.Metrics.Find("loss") is { } loss)
            series.Add(Series.Of(loss, "training", SeriesStyle.Smoothed, "c0"));
        if (HeldOut(run.Metrics) is { Count: > 0 } heldOut)
            series.Add(Series.Of(heldOut, "held out", SeriesStyle.Dots, "c1"));
        Chart = new LineChart { Title = "Loss", YLabel = "nats per token", Series = series, Markers = Marker.Of(run) };
    }

    /// <inheritdoc/>
    public override LineChart Chart { get; }

    internal static MetricColumn? HeldOut(MetricTable metrics)
    {
        if (metrics.Find("eval/loss") is { } whole)
            return whole;
        var domains = metrics.Under("eval/loss/");
        if (domains.Count == 0)
            return null;
        var steps = domains.SelectMany(d => d.Steps).Distinct().Order().ToList();
        return new MetricColumn("eval/loss", steps, [.. steps.Select(s => domains.Select(d => d.At(s)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average())]);
    }
}
