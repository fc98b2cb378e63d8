using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>Loss per domain: held-out (solid, a dot per evaluation) over training (dashed, smoothed).</summary>
public sealed class DomainLossView : LineView
{
    /// <summary>Reads <c>eval/loss/DOMAIN</c> and <c>loss/domain/DOMAIN</c>.</summary>
    public DomainLossView(RunReader run)
    {
        const string Held = "eval/loss/", Train = "loss/domain/";
        var held = run.Metrics.Under(Held);
        var train = run.Metrics.Under(Train);
        var names = held.Select(c => c.Name[Held.Length..]).Union(train.Select(c => c.Name[Train.Length..])).Order(StringComparer.Ordinal).ToList();
        var series = train.Select(c => Series.Of(c, held.Count > 0 ? "" : c.Name[Train.Length..], SeriesStyle.Dashed, Color(c.Name[Train.Length..])) with { Y = Curves.Smooth(c.Values) })
            .Concat(held.Select(c => Series.Of(c, c.Name[Held.Length..], SeriesStyle.Dots, Color(c.Name[Held.Length..]))));
        Chart = new LineChart { Title = "Loss per domain", YLabel = held.Count > 0 ? "nats per token; dots: held out, dashed: training (smoothed)" : "nats per token, smoothed", Series = [.. series], Markers = Marker.Of(run) };
        string Color(string name) => Palette.Category(names.IndexOf(name));
    }

    /// <inheritdoc/>
    public override LineChart Chart { get; }
}
