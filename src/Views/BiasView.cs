namespace MoELab.Views;

/// <summary>The expert bias over the run: its norm per layer, or the norm of each step's change.</summary>
public sealed class BiasView : LineView
{
    /// <summary>Reads <c>bias/norm/LAYER</c>, or with <paramref name="steps"/> <c>bias_step/norm/LAYER</c>.</summary>
    public BiasView(RunReader run, bool steps = false)
    {
        var prefix = steps ? "bias_step/norm/" : "bias/norm/";
        var layers = run.Metrics.Under(prefix);
        Chart = new LineChart
        {
            Title = steps ? "Bias step per layer" : "Expert bias per layer",
            YLabel = steps ? "norm of one step's change" : "norm over the experts",
            FromZero = true,
            Series = [.. layers.Select((c, i) => Series.Of(c, "layer " + c.Name[prefix.Length..],
                steps ? SeriesStyle.Smoothed : SeriesStyle.Line, Palette.Ordered(i, layers.Count)))],
            Markers = Marker.Of(run),
        };
    }
}
