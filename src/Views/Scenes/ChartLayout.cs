namespace MoELab.Views.Scenes;

/// <summary>The layout of a line chart and its scene: title, legend, axes with round ticks, event lane, bands and curves.</summary>
internal sealed class ChartLayout
{
    /// <summary>The plot's left edge.</summary>
    public const double Start = 52;

    private const double Right = 20, LaneHeight = 20;
    private const int MostPoints = 720;
    private readonly List<(string Name, string Classes, double Opacity, int Row, double X)> _legend;
    private readonly double _lane;
    private readonly bool _whole, _bare;

    /// <summary>The plot's right edge in the scene.</summary>
    public readonly double End;

    /// <summary>The plot's upper and lower edges in the scene.</summary>
    public readonly double Top, Bottom;

    /// <summary>Lays a chart out.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="growing">Whether points and events will follow: every curve has its mark then, and there is a lane.</param>
    /// <param name="bare">Whether the page has title and legend of its own.</param>
    public ChartLayout(LineChart chart, bool growing = false, bool bare = false)
    {
        (Chart, Growing, _bare) = (chart, growing, bare);
        Entries = [.. chart.Bands.Select(b => (b.Name, "b-" + b.Color, b.Opacity + 0.05))
            .Concat(chart.Series.Select(s => (s.Name, Classes(s), 1.0))).Where(e => e.Name.Length > 0)];
        if (Entries.Count > 9)
            Entries = [Entries[0], Entries[Entries.Count / 2], Entries[^1]];
        if (bare || (Entries.Count < 2 && chart.Bands.Count == 0))
            Entries = [];
        _legend = Placed();
        var rows = _legend.Count == 0 ? 0 : _legend[^1].Row + 1;
        Top = bare ? 8 : (chart.Title.Length > 0 ? 26 : 8) + (chart.YLabel.Length > 0 ? 19 : rows > 0 ? 8 : 0) + (17.0 * rows);
        _lane = growing || chart.Markers.Count > 0 ? LaneHeight : 0;
        (Bottom, End) = (chart.Height - 34 - _lane, chart.Width - Right);
        var (first, last) = Ends(chart.Series.SelectMany(s => s.X).Concat(chart.Bands.SelectMany(b => b.X)).Concat(chart.Markers.Select(m => m.X)));
        Along = (chart.From ?? first, chart.To ?? last);
        Extent = Ends(chart.Series.SelectMany(s => Shown(s.X, chart.Even && !growing ? chart.Smooth(s.Y) : s.Y).Y)
            .Concat(chart.Bands.SelectMany(b => Shown(b.X, b.High).Y.Concat(Shown(b.X, b.Low).Y))).Select(Scaled));
        (Domain, Range) = (DomainOf(Along), RangeOf(Extent, chart.FromZero && !chart.LogY));
        // Between whole positions, such as steps, no fractions.
        _whole = chart.Series.All(s => s.X.All(x => !double.IsFinite(x) || x == Math.Floor(x)));
        (Across, Up) = TicksOf(Along, Range);
    }

    public LineChart Chart { get; }

    public bool Growing { get; }

    /// <summary>The legend: names, classes of the line or area beside each, and its opacity.</summary>
    public IReadOnlyList<(string Name, string Classes, double Opacity)> Entries { get; }

    /// <summary>The first and the last position of what is drawn.</summary>
    public (double Low, double High) Along { get; }

    /// <summary>The least and the largest value of what is drawn; of a logarithmic axis their powers of ten.</summary>
    public (double Low, double High) Extent { get; }

    /// <summary>Values at the plot's left and right edges.</summary>
    public (double Low, double High) Domain { get; }

    /// <summary>Values at the plot's lower and upper edges; of a logarithmic axis their powers of ten.</summary>
    public (double Low, double High) Range { get; }

    /// <summary>Ticks of the x axis by their positions in the scene.</summary>
    public IReadOnlyList<(double At, string Label)> Across { get; }

    /// <summary>Ticks of the y axis by their positions in the scene.</summary>
    public IReadOnlyList<(double At, string Label)> Up { get; }

    /// <summary>A value of the x axis in the scene.</summary>
    public double X(double x) => Start + ((x - Domain.Low) / (Domain.High - Domain.Low) * (End - Start));

    /// <summary>A value of the y axis in the scene.</summary>
    public double Y(double y) => Bottom - ((Scaled(y) - Range.Low) / (Range.High - Range.Low) * (Bottom - Top));

    /// <summary>The values at a plot's left and right edges, for positions from a first to a last.</summary>
    public static (double Low, double High) DomainOf((double Low, double High) along) =>
        along.High > along.Low ? along : (along.Low - 0.5, along.Low + 0.5);

    /// <summary>The values at a plot's lower and upper edges, with a margin beyond the least and the largest value.</summary>
    public static (double Low, double High) RangeOf((double Low, double High) extent, bool fromZero)
    {
        var (low, high) = (fromZero ? Math.Min(0, extent.Low) : extent.Low, extent.High);
        if (high <= low)
            (low, high) = low == 0 ? (0, 1) : (low - (Math.Abs(low) * 0.1), low + Math.Max(Math.Abs(low) * 0.1, 1e-9));
        var margin = (high - low) * 0.05;
        return (fromZero && low >= 0 ? 0 : low - margin, high + margin);
    }

    /// <summary>Ticks by their positions in this scene. A single position has the only tick.</summary>
    public (IReadOnlyList<(double At, string Label)> Across, IReadOnlyList<(double At, string Label)> Up) TicksOf(
        (double Low, double High) along, (double Low, double High) range)
    {
        var positions = along.High > along.Low ? Ticks.Nice(along.Low, along.High, (int)(Chart.Width / 95), _whole) : [along.Low];
        return ([.. Ticks.Labelled(positions).Select(t => (X(t.At), t.Label))],
            [.. Ticks.Labelled(Chart.LogY ? Ticks.Logarithmic(range.Low, range.High) : Ticks.Nice(range.Low, range.High, 5))
                .Select(t => (Y(t.At), t.Label))]);
    }

    /// <summary>A value as its axis counts.</summary>
    public double Scaled(double value) => !Chart.LogY ? value : value > 0 ? Math.Log10(value) : double.NaN;

    /// <summary>The part of a curve that the x axis shows.</summary>
    public (IReadOnlyList<double> X, IReadOnlyList<double> Y) Shown(IReadOnlyList<double> x, IReadOnlyList<double> y) =>
        Curves.Cut(x, y, Chart.From, Chart.To);

    public bool Smoothed(Series series) => Chart.Even || series.Style == SeriesStyle.Smoothed;

    /// <summary>How many lines a series has.</summary>
    public int LinesOf(Series series) => series.Style == SeriesStyle.Smoothed && !Chart.Even ? 2 : 1;

    /// <summary>The picture; without a value only a sentence, because axes would suggest values.</summary>
    public Scene Draw()
    {
        var label = Chart.Title.Length > 0 ? Chart.Title : Chart.YLabel;
        if (!Chart.HasValues)
        {
            var blank = new Scene(Chart.Width, Math.Min(Chart.Height, 120), label);
            if (Chart.Title.Length > 0 && !_bare)
                blank.Text(4, 18, Chart.Title, "t");
            return blank.Text(Chart.Width / 2, 70, "not logged yet", "s", "middle");
        }
        var scene = new Scene(Chart.Width, Chart.Height, label);
        if (!_bare)
            DrawHead(scene.Part("head"));
        foreach (var (y, text) in Up)
            scene.Part("up").Line(Start, y, End, y, "g").Text(Start - 7, y + 4, text, "s", "end");
        scene.Part("wide").Line(Start, Bottom, End, Bottom, "ax");
        foreach (var (x, text) in Across)
            scene.Part("across").Line(x, Bottom, x, Bottom + 4, "ax").Text(x, Bottom + 16, text, "s", "middle");
        scene.Part("end").Text(End, Bottom + 30, Chart.XLabel, "s", "end");
        if (_lane > 0)
            scene.Part("").Text(4, Chart.Height - 5, "events", "s").Part("wide").Line(Start, Chart.Height - 9, End, Chart.Height - 9, "g");
        scene.Part("plot");
        foreach (var marker in Chart.Markers.Where(m => IsInside(m.X)))
        {
            var (x, y, sign) = (X(marker.X), Chart.Height - 9, Sign(marker));
            if (IsRuled(marker))
                scene.Line(x, Top, x, Bottom, "ev");
            scene.Add(sign with { Strokes = [.. sign.Strokes.Select(s => s.Select(p => (x + p.X, y + p.Y)).ToArray())] });
        }
        foreach (var band in Chart.Bands)
            Add(scene, Area(band));
        foreach (var line in Chart.Series.SelectMany(Lines))
            Add(scene, line);
        foreach (var series in Chart.Series.Where(s => s.Style == SeriesStyle.Dots || s.Y.Count == 1))
            foreach (var i in Curves.Thin(series.Y, 120).Where(i => double.IsFinite(Scaled(series.Y[i])) && IsInside(series.X[i])))
                scene.Add(Dot(series, series.X[i], series.Y[i]));
        return scene;
    }

    /// <summary>A moment's sign around the origin. Its first corner is at the moment.</summary>
    public static PathMark Sign(Marker marker)
    {
        ((double X, double Y)[] corners, string color) = marker.Kind switch
        {
            "alert" or "skip" => ([(0, -6), (6, 5), (-6, 5)], "c1"),
            "checkpoint" => ([(0, -4), (1, -4), (1, 4), (-1, 4), (-1, -4)], "c6"),
            "stop" or "pause" => ([(0, -4), (4, -4), (4, 4), (-4, 4), (-4, -4)], "c3"),
            "restart" => ([(0, -2.5), (4, 0), (-4, 5), (-4, -5)], "c2"),
            _ => (((double, double)[])[(0, -6), (6, 0), (0, 6), (-6, 0)], "c0"),
        };
        return new PathMark([corners], true, "b-" + color) { Title = marker.Text };
    }

    /// <summary>Whether a line through the plot marks a moment.</summary>
    public static bool IsRuled(Marker marker) => marker.Kind != "checkpoint";

    /// <summary>A value as a dot.</summary>
    public Mark Dot(Series series, double x, double y) => new DotMark(X(x), Y(y), 2.6, "b-" + series.Color.Split(' ')[0]);

    /// <summary>A line through points, broken where a value is missing.</summary>
    public PathMark Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string classes, int? most = null)
    {
        var strokes = new List<List<(double, double)>>();
        var down = false;
        (x, y) = Shown(x, y);
        foreach (var i in Curves.Thin(y, most ?? MostOfLine))
        {
            var isThere = double.IsFinite(Scaled(y[i]));
            if (isThere && !down)
                strokes.Add([]);
            if (down = isThere)
                strokes[^1].Add((X(x[i]), Y(y[i])));
        }
        return new PathMark([.. strokes], false, classes);
    }

    /// <summary>The classes of a curve's line.</summary>
    public static string Classes(Series series) => series.Style == SeriesStyle.Dashed ? $"l d {series.Color}" : $"l {series.Color}";

    private IEnumerable<PathMark> Lines(Series series)
    {
        if (LinesOf(series) > 1)
            yield return Line(series.X, series.Y, $"f {series.Color}");
        yield return Line(series.X, Smoothed(series) ? Chart.Smooth(series.Y) : series.Y, Classes(series));
    }

    private void Add(Scene scene, PathMark path)
    {
        if (path.Strokes.Count > 0 || Growing)
            scene.Add(path);
    }

    private PathMark Area(Band band)
    {
        // Edges are smoothed: a fan shows the spread, and single steps belong to the curves.
        var (x, low) = Shown(band.X, Chart.Smooth(band.Low));
        var high = Shown(band.X, Chart.Smooth(band.High)).Y;
        var kept = Curves.Thin(high, MostPoints / 2).Where(i => double.IsFinite(Scaled(high[i])) && double.IsFinite(Scaled(low[i]))).ToArray();
        (double, double)[] edge = [.. kept.Select(i => (X(x[i]), Y(high[i]))), .. kept.Reverse().Select(i => (X(x[i]), Y(low[i])))];
        return new PathMark(kept.Length < 2 ? [] : [edge], true, "b-" + band.Color) { Opacity = band.Opacity };
    }

    // A narrow plot shows no more than its pixels.
    private int MostOfLine => (int)Math.Clamp(1.2 * (End - Start), 240, MostPoints);

    private bool IsInside(double x) => x >= Domain.Low && x <= Domain.High;

    private static (double Low, double High) Ends(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low <= high ? (low, high) : (0, 0);
    }

    private List<(string Name, string Classes, double Opacity, int Row, double X)> Placed()
    {
        var (placed, row, x) = (new List<(string, string, double, int, double)>(), 0, 4.0);
        foreach (var (name, classes, opacity) in Entries)
        {
            var width = 30 + (6.4 * name.Length);
            if (x + width > Chart.Width - Right && x > 4)
                (row, x) = (row + 1, 4.0);
            placed.Add((name, classes, opacity, row, x));
            x += width;
        }
        return placed;
    }

    private void DrawHead(Scene scene)
    {
        if (Chart.Title.Length > 0)
            scene.Text(4, 18, Chart.Title, "t");
        foreach (var (name, classes, opacity, row, x) in _legend)
        {
            var y = (Chart.Title.Length > 0 ? 29 : 19) + (17 * row);
            if (classes.StartsWith("b-", StringComparison.Ordinal))
                scene.Add(new RectMark(x, y - 4, 16, 8, classes) { Opacity = opacity });
            else
                scene.Line(x, y, x + 16, y, classes);
            scene.Text(x + 21, y + 4, name);
        }
        if (Chart.YLabel.Length > 0)
            scene.Text(4, Top - 10, Chart.YLabel, "s");
    }
}
