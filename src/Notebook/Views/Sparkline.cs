using System.Globalization;

namespace MoELab.Views;

/// <summary>A curve without axes, for a table cell or a headline.</summary>
public static class Sparkline
{
    /// <summary>Draws the finite values from left to right in the text's own colour; nothing for fewer than two.</summary>
    public static string ToSvg(IReadOnlyList<double> values, double width = 110, double height = 26)
    {
        var kept = Curves.Thin(Curves.Smooth(values), 120);
        var smooth = Curves.Smooth(values);
        var points = kept.Where(i => double.IsFinite(smooth[i])).ToArray();
        if (points.Length < 2)
            return "";
        var (low, high) = (points.Min(i => smooth[i]), points.Max(i => smooth[i]));
        var path = string.Join(' ', points.Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{2 + (i * (width - 4) / (values.Count - 1)):0.#},{(high > low ? height - 3 - ((smooth[i] - low) / (high - low) * (height - 6)) : height / 2):0.#}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"spark\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><polyline points=\"{path}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" vector-effect=\"non-scaling-stroke\" stroke-linejoin=\"round\"/></svg>");
    }
}
