using System.Runtime.CompilerServices;
using Plotly.NET;

namespace MoELab.Views.Plotly;

/// <summary>Views as Plotly charts.</summary>
public static class PlotlyCharts
{
    private static readonly ConditionalWeakTable<GenericChart, object> OfViews = [];

    /// <summary>Whether a chart is a view's, unchanged.</summary>
    internal static bool IsOfView(GenericChart chart) => OfViews.TryGetValue(chart, out _);

    /// <summary>The interactive twin from the same data: curves, a heatmap of the frame shown, else a table.</summary>
    public static GenericChart Plotly(this View view) => view switch
    {
        LineView line => Chart(Lines(line.Chart), line.Chart.Title, line.Chart.XLabel, line.Chart.YLabel),
        HeatView { Picture: { Frames.Cells.Count: > 0 } heat } => Chart([Heat(heat)], heat.Title, heat.ColumnWord, heat.RowWord),
        _ => Chart([Table(view.Data)], view.Title, "", ""),
    };

    private static IEnumerable<Trace> Lines(LineChart chart) =>
        chart.Bands.SelectMany(b => b.Edges).Select(e => Scatter(e, 1, "dot"))
            .Concat(chart.Series.Select(s => Scatter(s, 2, s.Style == SeriesStyle.Dashed ? "dash" : "solid")));

    private static Trace Scatter(Series series, int width, string dash)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", series.Y.Count == 1 ? "markers" : "lines");
        trace.SetProperty("name", series.Name);
        trace.SetProperty("x", Finite(series.X));
        trace.SetProperty("y", Finite(series.Y));
        trace.SetProperty("line",
            new Dictionary<string, object> { ["color"] = Palette.Color(series.Color, false), ["width"] = width, ["dash"] = dash });
        return trace;
    }

    private static Trace Heat(HeatPicture heat)
    {
        var frames = heat.Frames;
        var cells = frames.Cells[heat.Frame];
        var points = Palette.LoadPoints(false);
        var trace = new Trace("heatmap");
        trace.SetProperty("z", cells.Select(c => Math.Round(frames.Value(c), 4)).Chunk(frames.Experts).Select(Finite).ToArray());
        if (heat.RowNames is { } names)
            trace.SetProperty("y", names.ToArray());
        trace.SetProperty("zmin", frames.Low);
        trace.SetProperty("zmax", frames.High);
        trace.SetProperty("colorscale", points.Select((p, i) => new object[] { i / (points.Count - 1.0), p }).ToArray());
        var unit = Text(frames.Logarithmic ? "log2 of " + heat.Unit : heat.Unit);
        unit["side"] = "right";
        trace.SetProperty("colorbar", new Dictionary<string, object> { ["title"] = unit });
        return trace;
    }

    private static Trace Table(ViewTable table)
    {
        var trace = new Trace("table");
        trace.SetProperty("header", new Dictionary<string, object> { ["values"] = table.Titles.ToArray() });
        var columns = table.Columns.Select((_, c) => table.Rows.Select(r => ViewTable.Cell(r[c])).ToArray()).ToArray();
        trace.SetProperty("cells", new Dictionary<string, object> { ["values"] = columns });
        return trace;
    }

    private static GenericChart Chart(IEnumerable<Trace> traces, string title, string x, string y)
    {
        var layout = new Layout();
        layout.SetProperty("title", Text(title));
        layout.SetProperty("xaxis", new Dictionary<string, object> { ["title"] = Text(x) });
        var up = new Dictionary<string, object> { ["title"] = Text(y) };
        if (y is "layer" or "domain" or "expert")
            up["autorange"] = "reversed";
        layout.SetProperty("yaxis", up);
        var chart = GenericChart.setLayout(layout, GenericChart.ofTraceObjects(false, traces.ToList()));
        OfViews.Add(chart, chart);
        return chart;
    }

    private static Dictionary<string, object> Text(string text) => new() { ["text"] = text };

    // JSON has no NaN.
    private static double?[] Finite(IReadOnlyList<double> values) => [.. values.Select(v => double.IsFinite(v) ? v : (double?)null)];
}
