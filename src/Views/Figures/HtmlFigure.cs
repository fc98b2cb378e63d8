using System.Reflection;
using static System.FormattableString;

namespace MoELab.Views.Figures;

/// <summary>
/// Figures and tables as HTML, alike in a report's page and in a cell's output: a static picture, and the data with which a script makes it
/// interactive.
/// </summary>
internal static class HtmlFigure
{
    /// <summary>The style of figures, tables and pictures, for light and dark.</summary>
    public static string Css { get; } = StyleSheet.Themed + Resource("views.css");

    /// <summary>Makes every figure interactive that is not yet.</summary>
    public static string Script { get; } =
        Resource("chart.js") + Resource("views.js").Replace("= SCALES", "= " + Palette.Scales, StringComparison.Ordinal);

    /// <summary>A line chart that a script moves to the width of the page, and whose values a crosshair reads.</summary>
    public static Markup Curves(LineChart chart, FigurePage page, string caption = "", string classes = "") =>
        Markup.Of($"<figure class=\"{classes}\" data-curves>{ChartFigure.Of(new ChartLayout(chart), page)}{Caption(caption)}</figure>");

    /// <summary>A heatmap with a slider; without scripts its static picture.</summary>
    public static Markup Heat(HeatPicture picture, FigurePage page, string caption = "", string classes = "", double width = 720)
    {
        var (frames, column, frame) = (picture.Frames, picture.ColumnWord, picture.FrameWord);
        var words = new
        {
            frame,
            row = picture.RowWord,
            column,
            even = picture.Even,
            none = picture.None,
            nothing = picture.Nothing,
            unit = "even loads",
            most = picture.Most,
            least = picture.Least,
            low = frames.Logarithmic ? Invariant($"{Math.Pow(2, frames.Low):0.###}x") : Invariant($"{frames.Low:+0.#;-0.#}"),
            high = frames.Logarithmic ? Invariant($"{Math.Pow(2, frames.High):0.#}x") : Invariant($"{frames.High:+0.#;-0.#}"),
        };
        var what = picture.Means is null ? null : Markup.Of($"<select class=\"what\" aria-label=\"what is shown\">"
            + $"<option value=\"\">against an even load</option><option value=\"absolute\">tokens</option></select>");
        var order = !picture.Sortable ? null : Markup.Of($"<select class=\"order\" aria-label=\"order of {column}s\">"
            + $"<option value=\"\">{column}s by number</option><option value=\"last\">sorted at the last {frame}</option>"
            + $"<option value=\"now\">sorted at each {frame}</option></select>");
        var dead = frames.Logarithmic ? Markup.Of($"<span class=\"deadkey\"></span><span>{picture.None}</span>") : null;
        var data = new
        {
            layers = frames.Layers,
            experts = frames.Experts,
            steps = frames.Steps,
            low = frames.Low,
            high = frames.High,
            log = frames.Logarithmic,
            cells = frames.ToBase64(),
            means = picture.Means,
            rows = picture.RowNames,
            words,
        };
        return Markup.Of($"<figure class=\"{classes}\" data-heat><div class=\"still\">{SvgWriter.Write(Heatmap.Draw(picture, width), page)}</div>"
            + $"<div class=\"live\" hidden><div class=\"title\">{picture.LiveTitle}</div>"
            + $"<div class=\"slider\"><output></output>"
            + $"<input type=\"range\" min=\"0\" max=\"{frames.Cells.Count - 1}\" value=\"{picture.Frame}\" aria-label=\"{frame}\">"
            + $"<button type=\"button\">Play</button>{what}{order}</div>"
            + $"<div class=\"axes\">{RowLabels(picture)}<canvas class=\"heat\"></canvas>"
            + $"<div class=\"x\"><span>{column} 0</span><span>{frames.Experts - 1}</span></div></div>"
            + $"<div class=\"key\"><span class=\"low\">{words.low}</span><canvas></canvas><span class=\"high\">{words.high}</span>"
            + $"<span class=\"middle\">middle: {picture.Even}</span>{dead}<span class=\"read\"></span></div></div>"
            + $"{Caption(caption)}{Markup.Json(data)}</figure>");
    }

    public static string Resource(string name, Assembly? of = null)
    {
        using var stream = (of ?? typeof(HtmlFigure).Assembly).GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static Markup RowLabels(HeatPicture picture) => picture.RowNames is { } names
        ? Markup.Of($"<div class=\"y named\">{names.Select(n => Markup.Of($"<span>{n}</span>"))}</div>")
        : Markup.Of($"<div class=\"y\"><span>{picture.RowWord} 0</span><span>{picture.Frames.Layers - 1}</span></div>");

    private static Markup? Caption(string caption) => caption.Length == 0 ? null : Markup.Of($"<figcaption>{caption}</figcaption>");
}
