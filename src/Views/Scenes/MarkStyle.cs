using static System.FormattableString;

namespace MoELab.Views.Scenes;

/// <summary>
/// What marks of a class, or all texts, look like: the one table that the style sheet of an SVG and the paint of a PNG are made of.
/// Of several that fit a mark the last wins. The name <c>text</c> is every text; colours are names of <see cref="Palette"/>; dashes and
/// gaps alternate, separated by spaces; round means the joints and ends of lines.
/// </summary>
internal sealed record MarkStyle(string Name, string? Fill = null, string? Stroke = null, double? StrokeWidth = null, double? Opacity = null,
    string? Dash = null, bool Round = false, double? FontSize = null, bool Bold = false, bool? Monospace = null)
{
    private const string Sans = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    private const string Mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

    public static IReadOnlyList<MarkStyle> All { get; } =
    [
        new("text", Fill: "ink", FontSize: 11, Monospace: false),
        new("t", FontSize: 14, Bold: true),
        new("m", FontSize: 12, Monospace: true),
        new("n", FontSize: 9),
        new("s", Fill: "soft"),
        new("g", Stroke: "grid", StrokeWidth: 1, Fill: "none"),
        new("ax", Stroke: "soft", StrokeWidth: 1, Fill: "none"),
        new("l", Fill: "none", StrokeWidth: 1.8, Round: true),
        new("f", Fill: "none", StrokeWidth: 1, Opacity: 0.28),
        new("d", Dash: "5 4", StrokeWidth: 1.4, Opacity: 0.85),
        new("thin", StrokeWidth: 1.1, Opacity: 0.75),
        new("dash1", Dash: "12 12"),
        new("dash2", Dash: "6 18"),
        new("dash3", Dash: "3 21"),
        new("ev", Stroke: "soft", Dash: "2 3", Opacity: 0.55),
        new("dead", Fill: "dead"),
        new("paper", Fill: "paper", Opacity: 0.85),
        .. Palette.ColorNames.SelectMany(c => new MarkStyle[] { new(c, Stroke: c), new("b-" + c, Fill: c, Stroke: "none") }),
        .. Enumerable.Range(0, Palette.Loads).Select(i => new MarkStyle($"h{i}", Fill: $"h{i}")),
    ];

    public static string Css { get; } = string.Concat(All.Select(s => s.Rule));

    /// <summary>What a mark looks like.</summary>
    public static MarkStyle Of(Mark mark)
    {
        var classes = mark.Classes.Split(' ');
        return All.Where(s => classes.Contains(s.Name) || (s.Name == "text" && mark is TextMark)).Aggregate(new MarkStyle(mark.Classes), (all, s) =>
            new(all.Name, s.Fill ?? all.Fill, s.Stroke ?? all.Stroke, s.StrokeWidth ?? all.StrokeWidth, s.Opacity ?? all.Opacity, s.Dash ?? all.Dash,
                s.Round || all.Round, s.FontSize ?? all.FontSize, s.Bold || all.Bold, s.Monospace ?? all.Monospace));
    }

    private string Rule => $".ml {(Name == "text" ? "" : ".")}{Name}{{{string.Join(';', Declarations.Where(d => d.Length > 0))}}}";

    private string[] Declarations =>
    [
        Fill is null ? "" : "fill:" + Color(Fill),
        Stroke is null ? "" : "stroke:" + Color(Stroke),
        StrokeWidth is null ? "" : Invariant($"stroke-width:{StrokeWidth}"),
        Round ? "stroke-linejoin:round;stroke-linecap:round" : "",
        Dash is null ? "" : "stroke-dasharray:" + Dash,
        Opacity is null ? "" : Invariant($"opacity:{Opacity}"),
        Monospace is { } mono ? Invariant($"font:{FontSize}px {(mono ? Mono : Sans)}") : FontSize is null ? "" : Invariant($"font-size:{FontSize}px"),
        Bold ? "font-weight:600" : "",
    ];

    private static string Color(string name) => name == "none" ? name : $"var(--{name})";
}
