using MoELab.Views.Figures;

namespace MoELab.Views;

/// <summary>A view that is one line chart; its data are the chart's curves and bands.</summary>
public abstract class LineView : View
{
    /// <summary>The chart, as data.</summary>
    public LineChart Chart { get; protected init; } = new();

    /// <inheritdoc/>
    public override string Title => Chart.Title;

    /// <summary>
    /// The x column, then one column per curve (and two per band), unsmoothed and unthinned. Columns are metric keys where a curve is a metric.
    /// </summary>
    public override ViewTable Data => ViewTable.Join(ViewTable.Snake(Chart.XLabel), [.. Chart.Series, .. Chart.Bands.SelectMany(b => b.Edges)]);

    /// <inheritdoc/>
    public override Scene Scene => Chart.ToScene();

    internal override Markup Html(FigurePage page) => HtmlFigure.Curves(Chart, page);
}
