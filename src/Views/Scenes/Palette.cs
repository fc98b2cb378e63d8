namespace MoELab.Views.Scenes;

/// <summary>
/// Colours as CSS classes inside each SVG: categories after Okabe and Ito (the colour-blind can distinguish them), a depth ramp
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
    private static readonly (int R, int G, int B)[] LightLoads =
        [(5, 48, 97), (45, 120, 184), (146, 197, 222), (244, 243, 238), (253, 196, 125), (224, 110, 28), (115, 46, 4)];
    private static readonly (int R, int G, int B)[] DarkLoads =
        [(160, 215, 255), (74, 150, 220), (36, 84, 130), (38, 41, 47), (132, 72, 22), (226, 124, 44), (255, 214, 150)];
    // From none to the most, one hue, for amounts.
    private static readonly (int R, int G, int B)[] LightAmounts = [(247, 247, 242), (203, 222, 222), (120, 180, 190), (46, 120, 150), (12, 58, 92)];
    private static readonly (int R, int G, int B)[] DarkAmounts = [(34, 37, 43), (30, 66, 84), (30, 118, 140), (92, 180, 190), (214, 244, 236)];
    private static readonly (int R, int G, int B) LightNone = (201, 201, 196);
    private static readonly (int R, int G, int B) DarkNone = (88, 94, 105);
    private static readonly (int R, int G, int B)[] LightRamp = [(68, 1, 84), (59, 82, 139), (33, 144, 141), (70, 170, 90), (150, 170, 20)];
    private static readonly (int R, int G, int B)[] DarkRamp = [(178, 132, 230), (110, 140, 225), (60, 180, 190), (100, 210, 130), (232, 225, 70)];

    /// <summary>The class of a category.</summary>
    public static string Category(int index) => "c" + (index % Categories);

    /// <summary>The class of one of <paramref name="count"/> ordered things, such as layers: a category while they are few, else the ramp.</summary>
    public static string Ordered(int index, int count) =>
        count <= Categories ? Category(index) : "r" + (int)Math.Round(index * (Ramp - 1.0) / (count - 1));

    /// <summary>The class of a value on the diverging scale; <paramref name="share"/> runs from 0 (starved) to 1 (overloaded).</summary>
    public static string Load(double share) => "h" + (int)Math.Round(Math.Clamp(share, 0, 1) * (Loads - 1));

    /// <summary>The control points of the scales that a canvas draws with, as JSON.</summary>
    internal static string Scales { get; } = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["loadsLight"] = Points(LightLoads),
        ["loadsDark"] = Points(DarkLoads),
        ["amountsLight"] = Points(LightAmounts),
        ["amountsDark"] = Points(DarkAmounts),
        ["noneLight"] = Points([LightNone])[0],
        ["noneDark"] = Points([DarkNone])[0],
    });

    /// <summary>A category's colour as a hexadecimal, light or dark.</summary>
    internal static string Color(string name, bool dark) => name[0] == 'r'
        ? Hex(Blend(dark ? DarkRamp : LightRamp, int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture) / (Ramp - 1.0)))
        : (dark ? Dark : Light)[int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture)];

    /// <summary>The diverging scale's control points as hexadecimals.</summary>
    internal static IReadOnlyList<string> LoadPoints(bool dark) => [.. (dark ? DarkLoads : LightLoads).Select(Hex)];

    /// <summary>The style sheet of every picture.</summary>
    public static string Css => StyleSheet.Alone;

    /// <summary>Names of the colours of curves and areas.</summary>
    internal static IEnumerable<string> ColorNames =>
        Enumerable.Range(0, Categories).Select(i => $"c{i}").Concat(Enumerable.Range(0, Ramp).Select(i => $"r{i}"));

    /// <summary>Each colour's hexadecimal by name, light or dark.</summary>
    internal static IReadOnlyDictionary<string, string> ColorTable(bool dark)
    {
        var colors = new Dictionary<string, string>
        {
            ["ink"] = dark ? "#e7e9ee" : "#1d2026",
            ["soft"] = dark ? "#9aa1ad" : "#686e79",
            ["grid"] = dark ? "#2c3038" : "#e6e6e1",
            ["paper"] = dark ? "#1b1e24" : "#fff",
            ["dead"] = Hex(dark ? DarkNone : LightNone),
        };
        foreach (var name in ColorNames)
            colors[name] = Color(name, dark);
        for (var i = 0; i < Loads; i++)
            colors[$"h{i}"] = Hex(Blend(dark ? DarkLoads : LightLoads, i / (Loads - 1.0)));
        return colors;
    }

    /// <summary>The same as variables of a style sheet.</summary>
    internal static string Variables(bool dark) => string.Concat(ColorTable(dark).Select(c => $"--{c.Key}:{c.Value};"));

    private static int[][] Points((int R, int G, int B)[] points) => [.. points.Select(p => new[] { p.R, p.G, p.B })];

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
