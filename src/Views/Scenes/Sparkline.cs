namespace MoELab.Views.Scenes;

/// <summary>A curve without axes, for a table cell or a headline.</summary>
public static class Sparkline
{
    /// <summary>Draws the finite values, smoothed, from left to right in the text's own colour; empty for fewer than two.</summary>
    public static string ToSvg(IReadOnlyList<double> values, double width = 110, double height = 26) => Of(values, width, height).Html;

    internal static Markup Of(IReadOnlyList<double> values, double width = 110, double height = 26)
    {
        var points = Points(values, 2, 3, width - 4, height - 6);
        var at = string.Join(' ', points.Select(p => $"{SvgWriter.N(p.X)},{SvgWriter.N(p.Y)}"));
        return points.Count < 2 ? Markup.None : Markup.Of($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"spark\" "
            + $"viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" "
            + $"preserveAspectRatio=\"none\" aria-hidden=\"true\"><polyline points=\"{at}\" fill=\"none\" stroke=\"currentColor\" "
            + $"stroke-width=\"1.5\" vector-effect=\"non-scaling-stroke\" stroke-linejoin=\"round\"/></svg>");
    }

    /// <summary>The curve's points in a box; fewer than two where there are fewer finite values.</summary>
    internal static IReadOnlyList<(double X, double Y)> Points(IReadOnlyList<double> values, double left, double top, double width, double height)
    {
        var smooth = Curves.Smooth(values);
        var kept = Curves.Thin(smooth, 120).Where(i => double.IsFinite(smooth[i])).ToArray();
        if (kept.Length < 2)
            return [];
        var (low, high) = (kept.Min(i => smooth[i]), kept.Max(i => smooth[i]));
        double Up(double value) => high > low ? height - ((value - low) / (high - low) * height) : height / 2;
        return [.. kept.Select(i => (left + (i * width / (values.Count - 1)), top + Up(smooth[i])))];
    }
}
