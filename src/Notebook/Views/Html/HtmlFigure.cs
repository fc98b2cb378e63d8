using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace MoELab.Views;

/// <summary>Figures and tables as HTML, alike in a report's page and in a cell's output: a static picture, and the data that a script brings it to life with.</summary>
internal static class HtmlFigure
{
    /// <summary>The style of figures, tables and pictures, for light and dark.</summary>
    public static string Css { get; } = Palette.ThemedCss + Resource("views.css");

    /// <summary>Brings to life what is not yet.</summary>
    public static string Script { get; } = Resource("chart.js") + Resource("views.js").Replace("= SCALES", "= " + Palette.Scales, StringComparison.Ordinal);

    /// <summary>A line chart, drawn anew at the width of the page, whose values a crosshair reads.</summary>
    public static string Curves(LineChart chart, string caption = "", string classes = "") =>
        $"<figure class=\"{classes}\" data-curves>{SvgText.Bare(chart.ToSvg())}{Caption(caption)}{Json(ChartModel.Of(chart))}</figure>";

    /// <summary>A heatmap with a slider; without scripts its static picture.</summary>
    public static string Heat(HeatPicture picture, string caption = "", string classes = "", double width = 720)
    {
        var frames = picture.Frames;
        var last = picture.Frame;
        var words = new
        {
            frame = picture.FrameWord,
            row = picture.RowWord,
            column = picture.ColumnWord,
            even = picture.Even,
            none = picture.None,
            nothing = picture.Nothing,
            unit = picture.LinearUnit,
            most = picture.Most,
            least = picture.Least,
            low = frames.Logarithmic ? Invariant($"{Math.Pow(2, frames.Low):0.###}x") : Invariant($"{frames.Low:+0.#;-0.#}"),
            high = frames.Logarithmic ? Invariant($"{Math.Pow(2, frames.High):0.#}x") : Invariant($"{frames.High:+0.#;-0.#}"),
        };
        var html = new StringBuilder($"<figure class=\"{classes}\" data-heat><div class=\"still\">{SvgText.Bare(Heatmap.ToSvg(picture, width))}</div><div class=\"live\" hidden>");
        html.Append($"<div class=\"title\">{Escape(picture.LiveTitle)}</div><div class=\"slider\"><output></output>")
            .Append(CultureInfo.InvariantCulture, $"<input type=\"range\" min=\"0\" max=\"{frames.Cells.Count - 1}\" value=\"{last}\" aria-label=\"{Escape(picture.FrameWord)}\"><button type=\"button\">Play</button>");
        if (picture.Means is not null)
            html.Append("<select class=\"what\" aria-label=\"what is shown\"><option value=\"\">against an even load</option><option value=\"absolute\">tokens</option></select>");
        if (picture.Sortable)
            html.Append($"<select class=\"order\" aria-label=\"order of {Escape(picture.ColumnWord)}s\"><option value=\"\">{Escape(picture.ColumnWord)}s by number</option><option value=\"last\">sorted at the last {Escape(picture.FrameWord)}</option><option value=\"now\">sorted at each {Escape(picture.FrameWord)}</option></select>");
        html.Append("</div><div class=\"axes\">").Append(RowLabels(picture)).Append("<canvas class=\"heat\"></canvas>")
            .Append($"<div class=\"x\"><span>{Escape(picture.ColumnWord)} 0</span><span>{frames.Experts - 1}</span></div></div>")
            .Append($"<div class=\"key\"><span class=\"low\">{words.low}</span><canvas></canvas><span class=\"high\">{words.high}</span><span class=\"middle\">middle: {Escape(picture.Even)}</span>")
            .Append(frames.Logarithmic ? $"<span class=\"deadkey\"></span><span>{Escape(picture.None)}</span>" : "")
            .Append("<span class=\"read\"></span></div></div>").Append(Caption(caption))
            .Append(Json(new { layers = frames.Layers, experts = frames.Experts, steps = frames.Steps, low = frames.Low, high = frames.High, log = frames.Logarithmic, cells = frames.ToBase64(), means = picture.Means, rows = picture.RowNames, words }));
        return html.Append("</figure>").ToString();
    }

    /// <summary>A table; numbers are set to the right. Cells that are <see cref="Markup"/> stay as they are.</summary>
    public static string Table(ViewTable table)
    {
        var numeric = Enumerable.Range(0, table.Columns.Count).Select(c => table.Rows.Any(r => r[c] is not null) && table.Rows.All(r => r[c] is null or int or long or double)).ToArray();
        var html = new StringBuilder("<table><thead><tr>");
        for (var c = 0; c < numeric.Length; c++)
            html.Append($"<th{(numeric[c] ? " class=\"num\"" : "")}>{Escape(table.Titles[c])}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in table.Rows)
            html.Append("<tr>").AppendJoin("", row.Select((cell, c) => $"<td{(numeric[c] ? " class=\"num\"" : "")}>{(cell is Markup m ? m.Html : Escape(ViewTable.Cell(cell)))}</td>")).Append("</tr>");
        return html.Append("</tbody></table>").ToString();
    }

    public static string Escape(string text) => SvgText.Escape(text);

    public static string Json(object data) => $"<script type=\"application/json\">{JsonSerializer.Serialize(data)}</script>";

    public static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string RowLabels(HeatPicture picture) => picture.RowNames is { } names
        ? "<div class=\"y named\">" + string.Concat(names.Select(n => $"<span>{Escape(n)}</span>")) + "</div>"
        : $"<div class=\"y\"><span>{Escape(picture.RowWord)} 0</span><span>{picture.Frames.Layers - 1}</span></div>";

    private static string Caption(string caption) => caption.Length == 0 ? "" : $"<figcaption>{Escape(caption)}</figcaption>";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>HTML in a table's cell, with the text that stands for it elsewhere.</summary>
/// <param name="Html">Markup, safe as it is.</param>
/// <param name="Text">What other forms show.</param>
internal sealed record Markup(string Html, string Text)
{
    public override string ToString() => Text;
}
