using System.Globalization;
using System.Text;

namespace MoELab.Views;

/// <summary>
/// Colours as CSS classes inside each SVG: categories after Okabe and Ito (told apart by the colour-blind), a depth ramp
/// for layers, and a diverging blue to orange scale for loads. Each has a light and a dark variant.
/// </summary>
public static class Palette
{
    /// <summary>Colours for categories; further ones repeat.</summary>
    public const int Categories = 7;

    /// <summary>Shades of the depth ramp.</summary>
    public const int Ramp = 12;

    /// <summary>Classes of the diverging scale.</summary>
    public const int Loads = 33;

    private static readonly string[] Light = ["#0072b2", "#d55e00", "#009e73", "#b5568f", "#a67c00", "#3f9bd6", "#5b5b5b"];
    private static readonly string[] Dark = ["#56a8e8", "#f2883e", "#2fc79a", "#e08cc0", "#e3bd3c", "#8fd0f7", "#b4b4b4"];

    // Control points from starved to overloaded; the middle (uniform load) is near the page's own colour.
    private static readonly (int R, int G, int B)[] LightLoads = [(5, 48, 97), (45, 120, 184), (146, 197, 222), (244, 243, 238), (253, 196, 125), (224, 110, 28), (115, 46, 4)];
    private static readonly (int R, int G, int B)[] DarkLoads = [(160, 215, 255), (74, 150, 220), (36, 84, 130), (38, 41, 47), (132, 72, 22), (226, 124, 44), (255, 214, 150)];
    private static readonly (int R, int G, int B)[] LightRamp = [(68, 1, 84), (59, 82, 139), (33, 144, 141), (70, 170, 90), (150, 170, 20)];
    private static readonly (int R, int G, int B)[] DarkRamp = [(178, 132, 230), (110, 140, 225), (60, 180, 190), (100, 210, 130), (232, 225, 70)];

    /// <summary>The class of a category.</summary>
    public static string Category(int index) => "c" + (index % Categories);

    /// <summary>The class of one of <paramref name="count"/> ordered things, such as layers: categories while they are few, the ramp beyond.</summary>
    public static string Ordered(int index, int count) =>
        count <= Categories ? Category(index) : "r" + (int)Math.Round(index * (Ramp - 1.0) / (count - 1));

    /// <summary>The class of a value on the diverging scale; <paramref name="share"/> runs from 0 (starved) to 1 (overloaded).</summary>
    public static string Load(double share) => "h" + (int)Math.Round(Math.Clamp(share, 0, 1) * (Loads - 1));

    /// <summary>The diverging scale as 256 hexadecimal colours for a canvas, light or dark.</summary>
    public static string LoadTable(bool dark) =>
        string.Concat(Enumerable.Range(0, 256).Select(i => Hex(Blend(dark ? DarkLoads : LightLoads, i / 255.0))[1..]));

    /// <summary>The style sheet of every picture.</summary>
    public static string Css { get; } = BuildCss();

    private static string BuildCss()
    {
        var css = new StringBuilder();
        css.Append(".ml{--ink:#1d2026;--soft:#686e79;--grid:#e6e6e1;--dead:#c9c9c4;--bg:none;");
        Variables(css, Light, LightRamp, LightLoads);
        css.Append("}@media(prefers-color-scheme:dark){.ml{--ink:#e7e9ee;--soft:#9aa1ad;--grid:#2c3038;--dead:#585e69;");
        Variables(css, Dark, DarkRamp, DarkLoads);
        css.Append("}}.ml text{fill:var(--ink);font:11px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}");
        css.Append(".ml .t{font-size:14px;font-weight:600}.ml .s{fill:var(--soft)}.ml .g{stroke:var(--grid);stroke-width:1;fill:none}");
        css.Append(".ml .ax{stroke:var(--soft);stroke-width:1;fill:none}.ml .l{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}");
        css.Append(".ml .f{fill:none;stroke-width:1;opacity:.28}.ml .d{stroke-dasharray:5 4;stroke-width:1.4;opacity:.85}.ml .ev{stroke:var(--soft);stroke-dasharray:2 3;opacity:.55}.ml .dead{fill:var(--dead)}");
        foreach (var name in ColorNames())
            css.Append(CultureInfo.InvariantCulture, $".ml .{name}{{stroke:var(--{name})}}.ml .b-{name}{{fill:var(--{name});stroke:none}}");
        for (var i = 0; i < Loads; i++)
            css.Append(CultureInfo.InvariantCulture, $".ml .h{i}{{fill:var(--h{i})}}");
        return css.ToString();
    }

    private static IEnumerable<string> ColorNames() =>
        Enumerable.Range(0, Categories).Select(i => $"c{i}").Concat(Enumerable.Range(0, Ramp).Select(i => $"r{i}"));

    private static void Variables(StringBuilder css, string[] categories, (int, int, int)[] ramp, (int, int, int)[] loads)
    {
        for (var i = 0; i < Categories; i++)
            css.Append(CultureInfo.InvariantCulture, $"--c{i}:{categories[i]};");
        for (var i = 0; i < Ramp; i++)
            css.Append(CultureInfo.InvariantCulture, $"--r{i}:{Hex(Blend(ramp, i / (Ramp - 1.0)))};");
        for (var i = 0; i < Loads; i++)
            css.Append(CultureInfo.InvariantCulture, $"--h{i}:{Hex(Blend(loads, i / (Loads - 1.0)))};");
    }

    private static (int R, int G, int B) Blend((int R, int G, int B)[] points, double share)
    {
        var at = share * (points.Length - 1);
        var left = Math.Min((int)at, points.Length - 2);
        var (a, b, t) = (points[left], points[left + 1], at - left);
        return (Mix(a.R, b.R, t), Mix(a.G, b.G, t), Mix(a.B, b.B, t));
    }

    private static int Mix(int a, int b, double t) => (int)Math.Round(a + ((b - a) * t));

    private static string Hex((int R, int G, int B) c) => string.Create(CultureInfo.InvariantCulture, $"#{c.R:x2}{c.G:x2}{c.B:x2}");
}
