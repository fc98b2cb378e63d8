namespace MoELab.Views;

/// <summary>Where the parts of a line chart stand: title, legend, axes with round ticks, event lane, bands and curves; and the scene of them.</summary>
internal sealed class ChartLayout
{
    private const double Right = 20, LaneHeight = 20;
    private const int MostPoints = 720;
    private readonly LineChart _chart;
    private readonly List<(string Name, string Classes, double Opacity, int Row, double X)> _legend;
    private readonly double _lane;

    /// <summary>Lays a chart out.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="growing">Whether points and events will follow: every curve has its mark then, and there is a lane.</param>
    public ChartLayout(LineChart chart, bool growing = false)
    {
        (_chart, Growing) = (chart, growing);
        Entries = [.. chart.Bands.Select(b => (b.Name, "b-" + b.Color, b.Opacity + 0.05)).Concat(chart.Series.Select(s => (s.Name, Classes(s), 1.0))).Where(e => e.Name.Length > 0)];
        if (Entries.Count > 9)
            Entries = [Entries[0], Entries[Entries.Count / 2], Entries[^1]];
        if (Entries.Count < 2 && chart.Bands.Count == 0)
            Entries = [];
        _legend = Placed();
        var rows = _legend.Count == 0 ? 0 : _legend[^1].Row + 1;
        Top = (chart.Title.Length > 0 ? 26 : 8) + (chart.YLabel.Length > 0 ? 19 : rows > 0 ? 8 : 0) + (17.0 * rows);
        _lane = growing || chart.Markers.Count > 0 ? LaneHeight : 0;
        (Bottom, End) = (chart.Height - 34 - _lane, chart.Width - Right);
        (Domain, Range) = (FindDomain(), FindRange());
        Up = [.. Ticks.Labelled(Ticks.Nice(Range.Low, Range.High, 5)).Select(t => (Y(t.At), t.Label))];
        Across = [.. Ticks.Labelled(Along()).Select(t => (X(t.At), t.Label))];
    }

    /// <summary>Whether points and events will follow.</summary>
    public bool Growing { get; }

    /// <summary>The legend: names, classes of the line or area beside each, and its opacity.</summary>
    public IReadOnlyList<(string Name, string Classes, double Opacity)> Entries { get; }

    /// <summary>The plot's left edge.</summary>
    public double Start => 52;

    /// <summary>The plot's right edge.</summary>
    public double End { get; }

    /// <summary>The plot's upper edge.</summary>
    public double Top { get; }

    /// <summary>The plot's lower edge.</summary>
    public double Bottom { get; }

    /// <summary>What the plot's left and right edges stand for.</summary>
    public (double Low, double High) Domain { get; }

    /// <summary>What the plot's lower and upper edges stand for.</summary>
    public (double Low, double High) Range { get; }

    /// <summary>Ticks of the x axis by their position in the scene.</summary>
    public IReadOnlyList<(double At, string Label)> Across { get; }

    /// <summary>Ticks of the y axis by their position in the scene.</summary>
    public IReadOnlyList<(double At, string Label)> Up { get; }

    /// <summary>A value of the x axis in the scene.</summary>
    public double X(double x) => Start + ((x - Domain.Low) / (Domain.High - Domain.Low) * (End - Start));

    /// <summary>A value of the y axis in the scene.</summary>
    public double Y(double y) => Bottom - ((y - Range.Low) / (Range.High - Range.Low) * (Bottom - Top));

    /// <summary>The picture; without a value only a sentence, for axes would tell of values that do not exist.</summary>
    public Scene Draw()
    {
        var label = _chart.Title.Length > 0 ? _chart.Title : _chart.YLabel;
        if (!_chart.HasValues)
        {
            var blank = new Scene(_chart.Width, Math.Min(_chart.Height, 120), label);
            if (_chart.Title.Length > 0)
                blank.Text(4, 18, _chart.Title, "t");
            return blank.Text(_chart.Width / 2, 70, "not logged yet", "s", "middle");
        }
        var scene = new Scene(_chart.Width, _chart.Height, label);
        DrawHead(scene.Part("head"));
        foreach (var (y, text) in Up)
            scene.Part("up").Line(Start, y, End, y, "g").Text(Start - 7, y + 4, text, "s", "end");
        scene.Part("base").Line(Start, Bottom, End, Bottom, "ax");
        foreach (var (x, text) in Across)
            scene.Part("across").Line(x, Bottom, x, Bottom + 4, "ax").Text(x, Bottom + 16, text, "s", "middle");
        scene.Part("end").Text(End, Bottom + 30, _chart.XLabel, "s", "end");
        if (_lane > 0)
            scene.Part("base").Text(4, _chart.Height - 5, "events", "s").Line(Start, _chart.Height - 9, End, _chart.Height - 9, "g");
        scene.Part("events");
        foreach (var mark in _chart.Markers.SelectMany(Event))
            scene.Add(mark);
        scene.Part("plot");
        foreach (var band in _chart.Bands)
            Add(scene, Area(band));
        foreach (var series in _chart.Series)
            foreach (var line in Lines(series))
                Add(scene, line);
        scene.Part("dots");
        foreach (var series in _chart.Series.Where(s => s.Style == SeriesStyle.Dots || s.Y.Count == 1))
            foreach (var i in Curves.Thin(series.Y, 120).Where(i => double.IsFinite(series.Y[i])))
                scene.Add(Dot(series, series.X[i], series.Y[i]));
        return scene;
    }

    /// <summary>A moment: a line through the plot, but for checkpoints, and a sign on the lane.</summary>
    public IEnumerable<Mark> Event(Marker marker)
    {
        var (x, y) = (X(marker.X), _chart.Height - 9);
        ((double X, double Y)[] shape, string color) = marker.Kind switch
        {
            "alert" or "skip" => ([(x, y - 6), (x + 6, y + 5), (x - 6, y + 5)], "c1"),
            "checkpoint" => ([(x - 1, y - 4), (x + 1, y - 4), (x + 1, y + 4), (x - 1, y + 4)], "c6"),
            "stop" or "pause" => ([(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)], "c3"),
            "restart" => ([(x - 4, y - 5), (x + 4, y), (x - 4, y + 5)], "c2"),
            _ => (((double, double)[])[(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)], "c0"),
        };
        if (marker.Kind != "checkpoint")
            yield return new LineMark(x, Top, x, Bottom, "ev");
        yield return new PathMark([shape], true, "b-" + color) { Title = marker.Text };
    }

    /// <summary>A value as a dot.</summary>
    public Mark Dot(Series series, double x, double y) => new DotMark(X(x), Y(y), 2.6, "b-" + series.Color.Split(' ')[0]);

    /// <summary>A line through points, broken where a value is missing.</summary>
    public PathMark Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string classes, int most = MostPoints)
    {
        var strokes = new List<List<(double, double)>>();
        var down = false;
        foreach (var i in Curves.Thin(y, most))
        {
            if (double.IsFinite(y[i]) && !down)
                strokes.Add([]);
            if (down = double.IsFinite(y[i]))
                strokes[^1].Add((X(x[i]), Y(y[i])));
        }
        return new PathMark([.. strokes], false, classes);
    }

    /// <summary>The classes of a curve's line.</summary>
    public static string Classes(Series series) => series.Style == SeriesStyle.Dashed ? $"l d {series.Color}" : $"l {series.Color}";

    private IEnumerable<PathMark> Lines(Series series)
    {
        if (series.Style == SeriesStyle.Smoothed)
            yield return Line(series.X, series.Y, $"f {series.Color}");
        yield return Line(series.X, series.Style == SeriesStyle.Smoothed ? Curves.Smooth(series.Y) : series.Y, Classes(series));
    }

    private void Add(Scene scene, PathMark path)
    {
        if (path.Strokes.Count > 0 || Growing)
            scene.Add(path);
    }

    private PathMark Area(Band band)
    {
        // Edges are smoothed: a fan shows the spread, and single steps belong to the curves.
        var (low, high) = (Curves.Smooth(band.Low), Curves.Smooth(band.High));
        var kept = Curves.Thin(high, MostPoints / 2).Where(i => double.IsFinite(high[i]) && double.IsFinite(low[i])).ToArray();
        (double, double)[] edge = [.. kept.Select(i => (X(band.X[i]), Y(high[i]))), .. kept.Reverse().Select(i => (X(band.X[i]), Y(low[i])))];
        return new PathMark(kept.Length < 2 ? [] : [edge], true, "b-" + band.Color) { Opacity = band.Opacity };
    }

    private (double, double) FindDomain()
    {
        var all = Positions().DefaultIfEmpty(0);
        var (low, high) = (all.Min(), all.Max());
        return high > low ? (low, high) : (low - 0.5, low + 0.5);
    }

    private IEnumerable<double> Positions() =>
        _chart.Series.SelectMany(s => s.X).Concat(_chart.Bands.SelectMany(b => b.X)).Concat(_chart.Markers.Select(m => m.X)).Where(double.IsFinite);

    // Where everything stands at one position, that one; between whole positions, such as steps, no fractions.
    private IReadOnlyList<double> Along()
    {
        var positions = Positions().Distinct().Take(2).ToArray();
        if (positions.Length == 1)
            return positions;
        var whole = _chart.Series.All(s => s.X.All(x => !double.IsFinite(x) || x == Math.Floor(x)));
        return Ticks.Nice(Domain.Low, Domain.High, (int)(_chart.Width / 95), whole);
    }

    private (double, double) FindRange()
    {
        var all = _chart.Series.SelectMany(s => s.Y).Concat(_chart.Bands.SelectMany(b => b.High.Concat(b.Low))).Where(double.IsFinite).ToList();
        if (all.Count == 0)
            return (0, 1);
        var (low, high) = (_chart.FromZero ? Math.Min(0, all.Min()) : all.Min(), all.Max());
        if (high <= low && low == 0)
            high = 1;
        else if (high <= low)
            (low, high) = (low - (Math.Abs(low) * 0.1), low + Math.Max(Math.Abs(low) * 0.1, 1e-9));
        var margin = (high - low) * 0.05;
        return (_chart.FromZero && low >= 0 ? 0 : low - margin, high + margin);
    }

    private List<(string Name, string Classes, double Opacity, int Row, double X)> Placed()
    {
        var (placed, row, x) = (new List<(string, string, double, int, double)>(), 0, 4.0);
        foreach (var (name, classes, opacity) in Entries)
        {
            var width = 30 + (6.4 * name.Length);
            if (x + width > _chart.Width - Right && x > 4)
                (row, x) = (row + 1, 4.0);
            placed.Add((name, classes, opacity, row, x));
            x += width;
        }
        return placed;
    }

    private void DrawHead(Scene scene)
    {
        if (_chart.Title.Length > 0)
            scene.Text(4, 18, _chart.Title, "t");
        foreach (var (name, classes, opacity, row, x) in _legend)
        {
            var y = (_chart.Title.Length > 0 ? 29 : 19) + (17 * row);
            if (classes.StartsWith("b-", StringComparison.Ordinal))
                scene.Add(new RectMark(x, y - 4, 16, 8, classes) { Opacity = opacity });
            else
                scene.Line(x, y, x + 16, y, classes);
            scene.Text(x + 21, y + 4, name);
        }
        if (_chart.YLabel.Length > 0)
            scene.Text(4, Top - 10, _chart.YLabel, "s");
    }
}
