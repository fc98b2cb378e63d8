namespace MoELab.Views;

/// <summary>A view that is one line chart; its data are the chart's curves and bands.</summary>
public abstract class LineView : View
{
    /// <summary>The chart, as data.</summary>
    public abstract LineChart Chart { get; }

    /// <inheritdoc/>
    public override string Title => Chart.Title;

    /// <summary>The x column, then one column per curve (and two per band), unsmoothed and unthinned.</summary>
    public override ViewTable Data => ViewTable.Join(Chart.XLabel,
        [.. Chart.Series, .. Chart.Bands.SelectMany(b => new[] { new Series(b.Name + " low", b.X, b.Low), new Series(b.Name + " high", b.X, b.High) })]);

    /// <inheritdoc/>
    public override string ToSvg() => Chart.ToSvg();
}
