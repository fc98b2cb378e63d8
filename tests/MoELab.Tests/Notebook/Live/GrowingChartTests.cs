using System.Text.RegularExpressions;
using MoELab.Live;
using MoELab.Views.Figures;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Notebook.Live;

public sealed class GrowingChartTests
{
    private readonly List<double> _x = [], _y = [];

    [Theory]
    [InlineData(35, 36, false)]
    [InlineData(170, 239, false)]
    [InlineData(170, 239, true)]
    [InlineData(161, 900, false)]
    public void What_a_delta_brings_is_what_a_whole_figure_draws(int before, int after, bool even)
    {
        LineChart Chart() => new() { Even = even, Series = [new("loss", _x, _y, SeriesStyle.Smoothed)] };
        var chart = new GrowingChart("loss", "Loss", "nats", Chart, 10_000);
        Grow(before);
        var drawn = new ChartLayout(Chart(), growing: true);
        var line = Line(Regex.Matches(chart.Whole([]).Html, "src=\"data:image/svg\\+xml;base64,([^\"]*)\"").Select(m => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value))).Single());
        Assert.Null(chart.Delta([]));
        Grow(after);
        Assert.True(chart.Grows);
        var delta = chart.Delta([])!;

        var whole = new ChartLayout(Chart(), growing: true);
        Assert.Equal(ChartFigure.View(whole.Domain, whole.Range), delta["view"]!.AsArray().Select(v => (double?)v));
        var ticks = delta["across"]?.AsArray().Select(t => (string)t![1]!) ?? drawn.Across.Select(t => t.Label);
        Assert.Equal(whole.Across.Select(t => t.Label), ticks);
        Assert.Equal(_x.Skip(before), delta["points"]!["0"]![0]!.AsArray().Select(v => (double)v!));

        // The line that the page has then, in the coordinates of the first drawing; thinned only where it is sent anew as a whole.
        var (from, tail) = ((double)delta["lines"]![even ? "0" : "1"]![0]!, Numbers((string)delta["lines"]![even ? "0" : "1"]![1]!));
        var page = line.Where(p => p.X < from).Concat(tail).ToList();
        var expected = Curves.Smooth(_y).Select((y, i) => (X: Math.Round(drawn.X(_x[i]), 1), Y: Math.Round(drawn.Y(y), 1))).ToList();
        Assert.Equal(expected[0], page[0]);
        Assert.Equal(expected[^1], page[^1]);
        Assert.Equal(page.OrderBy(p => p.X), page);
        Assert.All(page, p => Assert.Contains(expected, e => Math.Abs(e.X - p.X) < 0.11 && Math.Abs(e.Y - p.Y) < 0.11));
    }

    [Fact]
    public void A_first_value_needs_a_whole_figure_and_a_moment_widens_the_view()
    {
        var chart = new GrowingChart("loss", "Loss", "nats", () => new LineChart { Series = [new("loss", _x, _y)] }, 40);
        chart.Whole([]);
        Assert.True(chart.Grows);
        Grow(10);
        Assert.False(chart.Grows);
        chart.Whole([]);
        Marker stop = new(14, "stop", "a < b");
        Assert.Equal(14, (double)chart.Delta([stop])!["view"]![1]!);
        var sign = GrowingChart.Signs([stop])[0]!;
        Assert.Equal(14, (double)sign[0]!);
        Assert.Contains("<title>a &lt; b</title>", (string)sign[1]!, StringComparison.Ordinal);
    }

    private void Grow(int count)
    {
        for (var i = _x.Count; i < count; i++)
        {
            _x.Add(i + 1);
            _y.Add(2 + Math.Sin(i * 0.7) + (3 * Math.Exp(-i / 40.0)));
        }
    }

    private static List<(double X, double Y)> Line(string svg) => Numbers(Regex.Match(svg, "<path d=\"([^\"]*)\" class=\"l c0\"/>").Groups[1].Value);

    private static List<(double X, double Y)> Numbers(string path) => [.. Regex.Matches(path, "[ML]([0-9.-]+) ([0-9.-]+)")
        .Select(m => (double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)))];
}
