using MoELab.Views.Scenes;
using Plotly.NET;

namespace MoELab.Views.Plotly;

/// <summary>Views as Plotly charts.</summary>
public static class PlotlyCharts
{
    /// <summary>The interactive twin from the same data: curves, a heatmap of the frame shown, else a table.</summary>
    public static GenericChart Plotly(this View view) => view switch
    {
        LineView line => Chart(Lines(line.Chart), line.Chart.Title, line.Chart.XLabel, line.Chart.YLabel),
        HeatView { Picture: { Frames.Cells.Count: > 0 } heat } => Chart([Heat(heat)], heat.Title, heat.ColumnWord, heat.RowWord),
        _ => Chart([Table(view.Data)], view.Title, "", ""),
    };

    private static IEnumerable<Trace> Lines(LineChart chart) =>
        chart.Bands.SelectMany(b => new[] { Scatter(b.Name + " low", b.X, b.Low, b.Color, 1, "dot"), Scatter(b.Name + " high", b.X, b.High, b.Color, 1, "dot") })
            .Concat(chart.Series.Select(s => Scatter(s.Name, s.X, s.Y, s.Color, 2, s.Style == SeriesStyle.Dashed ? "dash" : "solid")));

    private static Trace Scatter(string name, IReadOnlyList<double> x, IReadOnlyList<double> y, string color, int width, string dash)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", y.Count == 1 ? "markers" : "lines");
        trace.SetProperty("name", name);
        trace.SetProperty("x", Finite(x));
        trace.SetProperty("y", Finite(y));
        trace.SetProperty("line", new Dictionary<string, object> { ["color"] = Palette.Color(color, false), ["width"] = width, ["dash"] = dash });
        return trace;
    }

    private static Trace Heat(HeatPicture heat)
    {
        var frames = heat.Frames;
        var cells = frames.Cells[heat.Frame];
        var points = Palette.LoadPoints(false);
        var trace = new Trace("heatmap");
        trace.SetProperty("z", Enumerable.Range(0, frames.Layers).Select(l => Enumerable.Range(0, frames.Experts)
            .Select(e => frames.Value(cells[(l * frames.Experts) + e]) is var v && double.IsFinite(v) ? Math.Round(v, 4) : (double?)null).ToArray()).ToArray());
        if (heat.RowNames is { } names)
            trace.SetProperty("y", names.ToArray());
        trace.SetProperty("zmin", frames.Low);
        trace.SetProperty("zmax", frames.High);
        trace.SetProperty("colorscale", points.Select((p, i) => new object[] { i / (points.Count - 1.0), p }).ToArray());
        trace.SetProperty("colorbar", new Dictionary<string, object> { ["title"] = new Dictionary<string, object> { ["text"] = frames.Logarithmic ? "log2 of " + heat.Unit : heat.Unit, ["side"] = "right" } });
        return trace;
    }

    private static Trace Table(ViewTable table)
    {
        var trace = new Trace("table");
        trace.SetProperty("header", new Dictionary<string, object> { ["values"] = table.Titles.ToArray() });
        trace.SetProperty("cells", new Dictionary<string, object> { ["values"] = Enumerable.Range(0, table.Columns.Count).Select(c => table.Rows.Select(r => ViewTable.Cell(r[c])).ToArray()).ToArray() });
        return trace;
    }

    private static GenericChart Chart(IEnumerable<Trace> traces, string title, string x, string y)
    {
        var layout = new Layout();
        layout.SetProperty("title", Text(title));
        layout.SetProperty("xaxis", new Dictionary<string, object> { ["title"] = Text(x) });
        layout.SetProperty("yaxis", y == "layer" || y == "domain" || y == "expert"
            ? new Dictionary<string, object> { ["title"] = Text(y), ["autorange"] = "reversed" }
            : new Dictionary<string, object> { ["title"] = Text(y) });
        return GenericChart.setLayout(layout, GenericChart.ofTraceObjects(false, traces.ToList()));
    }

    private static Dictionary<string, object> Text(string text) => new() { ["text"] = text };

    // JSON has no NaN.
    private static double?[] Finite(IReadOnlyList<double> values) => [.. values.Select(v => double.IsFinite(v) ? v : (double?)null)];
}
