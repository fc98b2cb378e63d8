using System.Globalization;
using System.Text;

namespace MoELab.Views;

/// <summary>A chart of curves and bands over a common x axis, with a legend and an event lane: what most views draw with.</summary>
public sealed record LineChart
{
    private const double Left = 52, Right = 20, LaneHeight = 16;
    private const int MostPoints = 720;

    /// <summary>Above the picture; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>Below the x axis.</summary>
    public string XLabel { get; init; } = "step";

    /// <summary>Above the y axis, with the unit.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>Curves, the first drawn lowest.</summary>
    public IReadOnlyList<Series> Series { get; init; } = [];

    /// <summary>Bands below the curves.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];

    /// <summary>Moments on the event lane.</summary>
    public IReadOnlyList<Marker> Markers { get; init; } = [];

    /// <summary>Whether the y axis must begin at 0.</summary>
    public bool FromZero { get; init; }

    /// <summary>Width in pixels of the picture's own coordinates; pages scale it.</summary>
    public double Width { get; init; } = 720;

    /// <summary>Height in pixels, legend included.</summary>
    public double Height { get; init; } = 300;

    /// <summary>The picture as a stand-alone SVG document.</summary>
    public string ToSvg()
    {
        if (!Series.Any(s => s.Y.Any(double.IsFinite)))
            return Blank();
        var legend = Legend();
        var legendRows = legend.Count == 0 ? 0 : legend[^1].Row + 1;
        var top = (Title.Length > 0 ? 26 : 8) + (YLabel.Length > 0 ? 19 : legendRows > 0 ? 8 : 0) + (17.0 * legendRows);
        var lane = Markers.Count > 0 ? LaneHeight + 4 : 0;
        var plot = new Plot(Left, top, Width - Right, Height - 34 - lane, Domain(), Range());
        var svg = new SvgText(Width, Height, Title.Length > 0 ? Title : YLabel);
        var y = 8.0;
        if (Title.Length > 0)
            svg.Text(4, y += 10, Title, "t");
        DrawLegend(svg, legend, y + 3);
        if (YLabel.Length > 0)
            svg.Text(4, top - 10, YLabel, "s");
        DrawAxes(svg, plot);
        DrawLane(svg, plot, lane);
        foreach (var band in Bands)
            svg.Path(BandPath(band, plot), "b-" + band.Color, string.Create(CultureInfo.InvariantCulture, $" opacity=\"{band.Opacity:0.##}\""));
        foreach (var series in Series)
            DrawSeries(svg, series, plot);
        return svg.ToString();
    }

    private readonly record struct Plot(double Left, double Top, double Right, double Bottom, (double Low, double High) Domain, (double Low, double High) Range)
    {
        public double X(double x) => Left + ((x - Domain.Low) / (Domain.High - Domain.Low) * (Right - Left));

        public double Y(double y) => Math.Clamp(Bottom - ((y - Range.Low) / (Range.High - Range.Low) * (Bottom - Top)), Top - 3, Bottom + 3);
    }

    private (double, double) Domain()
    {
        var all = Series.SelectMany(s => s.X).Concat(Bands.SelectMany(b => b.X)).Concat(Markers.Select(m => m.X)).Where(double.IsFinite).DefaultIfEmpty(0);
        var (low, high) = (all.Min(), all.Max());
        return high > low ? (low, high) : (low - 0.5, low + 0.5);
    }

    // Where everything stands at one position, that one; between whole positions, such as steps, no fractions.
    private IReadOnlyList<double> Along(Plot plot)
    {
        var positions = Series.SelectMany(s => s.X).Concat(Bands.SelectMany(b => b.X)).Concat(Markers.Select(m => m.X)).Where(double.IsFinite).Distinct().Take(2).ToArray();
        if (positions.Length == 1)
            return positions;
        var whole = Series.All(s => s.X.All(x => !double.IsFinite(x) || x == Math.Floor(x)));
        return Ticks.Nice(plot.Domain.Low, plot.Domain.High, (int)(Width / 95), whole);
    }

    // Axes would tell of values that do not exist.
    private string Blank()
    {
        var svg = new SvgText(Width, Math.Min(Height, 120), Title.Length > 0 ? Title : YLabel);
        if (Title.Length > 0)
            svg.Text(4, 18, Title, "t");
        return svg.Text(Width / 2, 70, "not logged yet", "s", "middle").ToString();
    }

    private (double, double) Range()
    {
        var all = Series.SelectMany(s => s.Y).Concat(Bands.SelectMany(b => b.High.Concat(b.Low))).Where(double.IsFinite).ToList();
        if (all.Count == 0)
            return (0, 1);
        var (low, high) = (FromZero ? Math.Min(0, all.Min()) : all.Min(), all.Max());
        if (high <= low && low == 0)
            high = 1;
        else if (high <= low)
            (low, high) = (low - (Math.Abs(low) * 0.1), low + Math.Max(Math.Abs(low) * 0.1, 1e-9));
        var margin = (high - low) * 0.05;
        return (FromZero && low >= 0 ? 0 : low - margin, high + margin);
    }

    private List<(string Name, string Classes, int Row, double X)> Legend()
    {
        var entries = Bands.Select(b => (b.Name, Classes: "b-" + b.Color)).Concat(Series.Select(s => (s.Name, Classes: Classes(s)))).Where(e => e.Name.Length > 0).ToList();
        if (entries.Count > 9)
            entries = [entries[0], entries[entries.Count / 2], entries[^1]];
        var placed = new List<(string, string, int, double)>();
        if (entries.Count < 2 && Bands.Count == 0)
            return placed;
        var (row, x) = (0, 4.0);
        foreach (var (name, classes) in entries)
        {
            var width = 30 + (6.4 * name.Length);
            if (x + width > Width - Right && x > 4)
                (row, x) = (row + 1, 4.0);
            placed.Add((name, classes, row, x));
            x += width;
        }
        return placed;
    }

    private static string Classes(Series s) => s.Style == SeriesStyle.Dashed ? $"l d {s.Color}" : $"l {s.Color}";

    private void DrawLegend(SvgText svg, List<(string Name, string Classes, int Row, double X)> legend, double top)
    {
        foreach (var (name, classes, row, x) in legend)
        {
            var y = top + (17 * row) + 8;
            if (classes.StartsWith("b-", StringComparison.Ordinal))
                svg.Raw("<g opacity=\"" + SvgText.N(Bands.First(b => b.Name == name).Opacity + 0.05) + "\">").Rect(x, y - 4, 16, 8, classes).Raw("</g>");
            else
                svg.Line(x, y, x + 16, y, classes);
            svg.Text(x + 21, y + 4, name);
        }
    }

    private void DrawAxes(SvgText svg, Plot plot)
    {
        foreach (var (tick, label) in Ticks.Labelled(Ticks.Nice(plot.Range.Low, plot.Range.High, 5)))
            svg.Line(plot.Left, plot.Y(tick), plot.Right, plot.Y(tick), "g").Text(plot.Left - 7, plot.Y(tick) + 4, label, "s", "end");
        svg.Line(plot.Left, plot.Bottom, plot.Right, plot.Bottom, "ax");
        foreach (var (tick, label) in Ticks.Labelled(Along(plot)))
            svg.Line(plot.X(tick), plot.Bottom, plot.X(tick), plot.Bottom + 4, "ax").Text(plot.X(tick), plot.Bottom + 16, label, "s", "middle");
        svg.Text(plot.Right, plot.Bottom + 30, XLabel, "s", "end");
    }

    private void DrawLane(SvgText svg, Plot plot, double lane)
    {
        if (lane == 0)
            return;
        var y = Height - 9;
        svg.Text(4, y + 4, "events", "s").Line(plot.Left, y, plot.Right, y, "g");
        foreach (var marker in Markers)
        {
            var x = plot.X(marker.X);
            var (shape, color) = marker.Kind switch
            {
                "alert" or "skip" => ($"M{N(x)} {N(y - 6)}l6 11h-12z", "c1"),
                "checkpoint" => ($"M{N(x - 1)} {N(y - 4)}h2v8h-2z", "c6"),
                "stop" or "pause" => ($"M{N(x - 4)} {N(y - 4)}h8v8h-8z", "c3"),
                "restart" => ($"M{N(x - 4)} {N(y - 5)}l8 5l-8 5z", "c2"),
                _ => ($"M{N(x)} {N(y - 6)}l6 6l-6 6l-6 -6z", "c0"),
            };
            if (marker.Kind != "checkpoint")
                svg.Line(x, plot.Top, x, plot.Bottom, "ev");
            svg.Raw($"<path d=\"{shape}\" class=\"b-{color}\"><title>{SvgText.Escape(marker.Text)}</title></path>");
        }
    }

    private static void DrawSeries(SvgText svg, Series series, Plot plot)
    {
        if (series.Style == SeriesStyle.Smoothed)
        {
            svg.Path(LinePath(series.X, series.Y, plot), $"f {series.Color}");
            svg.Path(LinePath(series.X, Curves.Smooth(series.Y), plot), $"l {series.Color}");
        }
        else
            svg.Path(LinePath(series.X, series.Y, plot), Classes(series));
        if (series.Style != SeriesStyle.Dots && series.Y.Count > 1)
            return;
        foreach (var i in Curves.Thin(series.Y, 120).Where(i => double.IsFinite(series.Y[i])))
            svg.Raw($"<circle cx=\"{N(plot.X(series.X[i]))}\" cy=\"{N(plot.Y(series.Y[i]))}\" r=\"2.6\" class=\"b-{series.Color}\"/>");
    }

    private static string LinePath(IReadOnlyList<double> x, IReadOnlyList<double> y, Plot plot)
    {
        var path = new StringBuilder();
        var pen = 'M';
        foreach (var i in Curves.Thin(y, MostPoints))
        {
            if (!double.IsFinite(y[i]))
            {
                pen = 'M';
                continue;
            }
            path.Append(pen).Append(N(plot.X(x[i]))).Append(' ').Append(N(plot.Y(y[i])));
            pen = 'L';
        }
        return path.ToString();
    }

    private static string BandPath(Band band, Plot plot)
    {
        // Edges are smoothed: a fan shows the spread, and single steps belong to the curves.
        var (low, high) = (Curves.Smooth(band.Low), Curves.Smooth(band.High));
        var kept = Curves.Thin(high, MostPoints / 2).Where(i => double.IsFinite(high[i]) && double.IsFinite(low[i])).ToArray();
        if (kept.Length < 2)
            return "";
        var edge = kept.Select(i => $"{N(plot.X(band.X[i]))} {N(plot.Y(high[i]))}").Concat(kept.Reverse().Select(i => $"{N(plot.X(band.X[i]))} {N(plot.Y(low[i]))}"));
        return "M" + string.Join('L', edge) + "Z";
    }

    private static string N(double value) => SvgText.N(value);
}
