namespace MoELab.Views;

/// <summary>Loss per domain: held-out (solid, a dot per evaluation) over training (dashed, smoothed).</summary>
public sealed class DomainLossView : LineView
{
    /// <summary>Reads <c>eval/loss/DOMAIN</c> and <c>loss/domain/DOMAIN</c>.</summary>
    public DomainLossView(RunReader run)
    {
        const string Held = "eval/loss/", Train = "loss/domain/";
        var held = run.Metrics.Under(Held).Select(c => (Name: c.Name[Held.Length..], Column: c)).ToList();
        var train = run.Metrics.Under(Train).Select(c => (Name: c.Name[Train.Length..], Column: c)).ToList();
        var names = held.Concat(train).Select(c => c.Name).Distinct().Order(StringComparer.Ordinal).ToList();
        string Color(string name) => Palette.Category(names.IndexOf(name));
        Chart = new LineChart
        {
            Title = "Loss per domain",
            YLabel = held.Count > 0 ? "nats per token; dots: held out, dashed: training (smoothed)" : "nats per token, smoothed",
            Series =
            [
                .. train.Select(c => Series.Of(c.Column, held.Count > 0 ? "" : c.Name, SeriesStyle.Dashed, Color(c.Name))
                    with { Y = Curves.Smooth(c.Column.Values) }),
                .. held.Select(c => Series.Of(c.Column, c.Name, SeriesStyle.Dots, Color(c.Name))),
            ],
            Markers = Marker.Of(run),
        };
    }
}
