namespace MoELab.Views.Figures;

/// <summary>
/// A line chart on a page: its static picture, the heading again as text that wraps, and what a script needs to move the picture and to read
/// values from it.
/// </summary>
internal static class ChartFigure
{
    private const int MostPoints = 500, MostOfSmooth = 250, MostOfGrowing = 4000;

    /// <summary>The parts of the figure; where a script shows it only on demand (<paramref name="hidden"/>), the picture is among its data.</summary>
    public static Markup Of(ChartLayout layout, FigurePage page, bool hidden = false)
    {
        var (chart, scene, lines) = (layout.Chart, layout.Draw(), 0);
        var series = new List<object>();
        foreach (var s in chart.Series)
        {
            series.Add(Values(layout, s, chart.Even ? null : lines));
            lines += layout.LinesOf(s);
        }
        var data = Data(layout, series, hidden ? SvgWriter.Write(scene, styled: false).Html : null);
        return Markup.Of($"{Head(layout)}{(hidden ? null : SvgWriter.Write(scene, page))}{Markup.Json(data)}");
    }

    /// <summary>What a script needs to read values from a chart that stays as it is.</summary>
    public static object Data(ChartLayout layout) => Data(layout, [.. layout.Chart.Series.Select(s => Values(layout, s, null))], null);

    private static object Data(ChartLayout layout, IReadOnlyList<object> series, string? picture)
    {
        var chart = layout.Chart;
        return new
        {
            view = chart.HasValues ? View(layout.Domain, layout.Range) : null,
            size = new[] { chart.Width, chart.Height },
            plot = new[] { ChartLayout.Start, layout.Top, layout.End, layout.Bottom },
            label = chart.XLabel,
            what = chart.YLabel,
            series,
            log = chart.LogY,
            picture,
        };
    }

    /// <summary>The values at the edges of a plot: left, right, lower, upper.</summary>
    public static double?[] View((double Low, double High) domain, (double Low, double High) range) =>
        [Round(domain.Low), Round(domain.High), Round(range.Low), Round(range.High)];

    /// <summary>Six significant digits, but five after the point at least; NaN and infinities are gaps.</summary>
    public static double? Round(double value) => !double.IsFinite(value) ? null
        : Math.Abs(value) is not (> 0 and < 0.01) ? Math.Round(value, 5)
        : double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static Markup Head(ChartLayout layout)
    {
        var entries = layout.Entries.Select(e =>
        {
            var area = e.Classes.StartsWith("b-", StringComparison.Ordinal);
            var color = area ? e.Classes[2..] : e.Classes.Split(' ').First(Palette.ColorNames.Contains);
            var kind = area ? "area" : e.Classes.Split(' ').Any(c => c == "d" || c.StartsWith("dash", StringComparison.Ordinal)) ? "dashed" : "";
            return Markup.Of($"<span><i class=\"{kind}\" style=\"color:var(--{color});opacity:{e.Opacity:0.##}\"></i>{e.Name}</span>");
        });
        var legend = layout.Entries.Count == 0 ? null : Markup.Of($"<div class=\"legend\">{entries}</div>");
        return Markup.Of($"<div class=\"chart-head\" hidden>{Markup.Line("title", layout.Chart.Title)}{legend}"
            + $"{Markup.Line("mute", layout.Chart.YLabel)}</div>");
    }

    // What the crosshair reads: of a chart that stays as it is the smoothed line, of one that takes points every value. And which
    // line new values go on.
    private static object Values(ChartLayout layout, Series series, int? line)
    {
        var smooth = series.Style == SeriesStyle.Smoothed && !layout.Growing;
        var (at, y) = layout.Shown(series.X, smooth ? layout.Chart.Smooth(series.Y) : series.Y);
        var most = layout.Growing ? MostOfGrowing : smooth ? MostOfSmooth : MostPoints;
        var kept = Curves.Thin(y, most).Where(i => double.IsFinite(at[i])).ToArray();
        var x = kept.Select(i => at[i]);
        return new { name = series.Name, color = series.Color, x, y = kept.Select(i => Round(y[i])), line = layout.Growing ? line : null };
    }
}
