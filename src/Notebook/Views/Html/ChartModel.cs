namespace MoELab.Views;

/// <summary>A line chart as the page's script draws it: the same curves at whatever width the page has.</summary>
internal static class ChartModel
{
    // Beyond this a curve keeps the extremes of each stretch.
    private const int MostPoints = 500, MostOfSmooth = 250, MostOfGrowing = 4000;

    /// <summary>A chart that stays as it is: smoothed lines are smoothed before they are thinned.</summary>
    public static object Of(LineChart chart) => Model(chart, chart.Series.Select(Fixed));

    /// <summary>A chart that takes new points, with every point that it has; its script smooths.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="even">Whether only smoothed lines are drawn.</param>
    public static object Growing(LineChart chart, bool even) => Model(chart, chart.Series.Select(s => Grown(s, even)));

    private static object Model(LineChart chart, IEnumerable<object> series) => new
    {
        title = chart.Title,
        label = chart.XLabel,
        y = chart.YLabel,
        zero = chart.FromZero,
        h = chart.Height,
        series,
        bands = chart.Bands.Select(Fixed),
        markers = chart.Markers.Select(m => new object[] { m.X, m.Kind, m.Text }),
    };

    private static object Fixed(Series series)
    {
        var (x, y) = Thin(series.X, series.Y, MostPoints);
        if (series.Style != SeriesStyle.Smoothed)
            return new { name = series.Name, color = series.Color, style = series.Style.ToString(), x, y };
        var (sx, sy) = Thin(series.X, Curves.Smooth(series.Y), MostOfSmooth);
        return new { name = series.Name, color = series.Color, style = series.Style.ToString(), x, y, sx, sy };
    }

    private static object Grown(Series series, bool even)
    {
        var (x, y) = Thin(series.X, series.Y, MostOfGrowing);
        return new { name = series.Name, color = series.Color, style = series.Style.ToString(), even, x, y };
    }

    private static object Fixed(Band band)
    {
        var (low, high) = (Curves.Smooth(band.Low), Curves.Smooth(band.High));
        var kept = Curves.Thin(high, MostOfSmooth);
        return new { name = band.Name, color = band.Color, opacity = band.Opacity, x = kept.Select(i => band.X[i]), low = kept.Select(i => Round(low[i])), high = kept.Select(i => Round(high[i])) };
    }

    private static (double[] X, double?[] Y) Thin(IReadOnlyList<double> x, IReadOnlyList<double> y, int most)
    {
        var kept = Curves.Thin(y, most).Where(i => double.IsFinite(x[i])).ToArray();
        return ([.. kept.Select(i => x[i])], [.. kept.Select(i => Round(y[i]))]);
    }

    /// <summary>Six significant digits, but five after the point at least; NaN and infinities are gaps.</summary>
    public static double? Round(double value) => !double.IsFinite(value) ? null
        : Math.Abs(value) is > 0 and < 0.01 ? double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture) : Math.Round(value, 5);
}
