using System.Globalization;

namespace MoELab.Views;

/// <summary>
/// What marks of a class, or all texts, look like: the one table that the style sheet of an SVG and the paint of a PNG are made of. Of several that fit a
/// mark the later wins. Colours are names of <see cref="Palette"/>.
/// </summary>
/// <param name="Name">The class; <c>text</c> stands for every text.</param>
internal sealed record MarkStyle(string Name)
{
    private const string Sans = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif", Mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MarkStyle> All { get; } =
    [
        new("text") { Fill = "ink", FontSize = 11, Monospace = false },
        new("t") { FontSize = 14, Bold = true },
        new("m") { FontSize = 12, Monospace = true },
        new("n") { FontSize = 9 },
        new("s") { Fill = "soft" },
        new("g") { Stroke = "grid", StrokeWidth = 1, Fill = "none" },
        new("ax") { Stroke = "soft", StrokeWidth = 1, Fill = "none" },
        new("l") { Fill = "none", StrokeWidth = 1.8, Round = true },
        new("f") { Fill = "none", StrokeWidth = 1, Opacity = 0.28 },
        new("d") { Dash = "5 4", StrokeWidth = 1.4, Opacity = 0.85 },
        new("thin") { StrokeWidth = 1.1, Opacity = 0.75 },
        new("dash1") { Dash = "12 12" },
        new("dash2") { Dash = "6 18" },
        new("dash3") { Dash = "3 21" },
        new("ev") { Stroke = "soft", Dash = "2 3", Opacity = 0.55 },
        new("dead") { Fill = "dead" },
        new("paper") { Fill = "paper", Opacity = 0.85 },
        .. Palette.ColorNames.SelectMany(c => new MarkStyle[] { new(c) { Stroke = c }, new("b-" + c) { Fill = c, Stroke = "none" } }),
        .. Enumerable.Range(0, Palette.Loads).Select(i => new MarkStyle($"h{i}") { Fill = $"h{i}" }),
    ];

    /// <summary>The style sheet.</summary>
    public static string Css { get; } = string.Concat(All.Select(s => s.Rule));

    public string? Fill { get; init; }

    public string? Stroke { get; init; }

    public double? StrokeWidth { get; init; }

    public double? Opacity { get; init; }

    /// <summary>Lengths of dashes and gaps in turn, apart by spaces.</summary>
    public string? Dash { get; init; }

    /// <summary>Whether lines have round joints and ends.</summary>
    public bool? Round { get; init; }

    public double? FontSize { get; init; }

    public bool? Bold { get; init; }

    public bool? Monospace { get; init; }

    /// <summary>What a mark looks like.</summary>
    public static MarkStyle Of(Mark mark)
    {
        var (style, classes) = (new MarkStyle(mark.Classes), mark.Classes.Split(' '));
        foreach (var s in All)
            if (classes.Contains(s.Name) || (s.Name == "text" && mark is TextMark))
                style = new MarkStyle(mark.Classes)
                {
                    Fill = s.Fill ?? style.Fill,
                    Stroke = s.Stroke ?? style.Stroke,
                    StrokeWidth = s.StrokeWidth ?? style.StrokeWidth,
                    Opacity = s.Opacity ?? style.Opacity,
                    Dash = s.Dash ?? style.Dash,
                    Round = s.Round ?? style.Round,
                    FontSize = s.FontSize ?? style.FontSize,
                    Bold = s.Bold ?? style.Bold,
                    Monospace = s.Monospace ?? style.Monospace,
                };
        return style;
    }

    private string Rule => $".ml {(Name == "text" ? "" : ".")}{Name}{{{string.Join(';', Declarations())}}}";

    private IEnumerable<string> Declarations()
    {
        if (Fill is not null)
            yield return "fill:" + Color(Fill);
        if (Stroke is not null)
            yield return "stroke:" + Color(Stroke);
        if (StrokeWidth is { } width)
            yield return F($"stroke-width:{width}");
        if (Round == true)
            yield return "stroke-linejoin:round;stroke-linecap:round";
        if (Dash is not null)
            yield return "stroke-dasharray:" + Dash;
        if (Opacity is { } opacity)
            yield return F($"opacity:{opacity}");
        if (Monospace is { } mono)
            yield return F($"font:{FontSize}px {(mono ? Mono : Sans)}");
        else if (FontSize is { } size)
            yield return F($"font-size:{size}px");
        if (Bold == true)
            yield return "font-weight:600";
    }

    private static string Color(string name) => name == "none" ? name : $"var(--{name})";

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
