using System.Text;
using MoELab.Views;

namespace MoELab.Reports;

/// <summary>A self-contained page: style, script and pictures inside, nothing from a network.</summary>
internal sealed class HtmlPage(string title)
{
    private const string ContentsMark = "<!--contents-->";
    private readonly StringBuilder _body = new();
    private readonly List<string> _headings = [];

    public static string Escape(string? text) => SvgText.Escape(text ?? "");

    public HtmlPage Raw(string markup)
    {
        _body.Append(markup).Append('\n');
        return this;
    }

    /// <summary>A heading, which the list of contents names.</summary>
    public HtmlPage Heading(string text)
    {
        _headings.Add(text);
        return Raw($"<h2 id=\"{Anchor(text)}\">{Escape(text)}</h2>");
    }

    /// <summary>The list of contents stands here.</summary>
    public HtmlPage Contents() => Raw(ContentsMark);

    /// <summary>A headline figure with a note and a sparkline below it.</summary>
    public HtmlPage Tile(string name, string value, string note, IReadOnlyList<double>? curve = null) =>
        Raw($"<div class=\"tile\"><span class=\"k\">{Escape(name)}</span><span class=\"v\">{Escape(value)}</span><span class=\"n\">{Escape(note)}</span>{(curve is null ? "" : Sparkline.ToSvg(curve))}</div>");

    /// <summary>A line chart whose values a crosshair reads; charts without a value are left out.</summary>
    public HtmlPage Chart(LineView view, bool wide = false, string caption = "")
    {
        if (!view.Chart.Series.Any(s => s.Y.Any(double.IsFinite)))
            return this;
        var chart = view.Chart with { Width = wide ? 1180 : 580, Height = wide ? 330 : 290 };
        return Raw(HtmlFigure.Curves(chart, caption, wide ? "card wide moelab" : "card moelab"));
    }

    /// <summary>Charts in two columns; the last takes both where it would stand alone. Charts without a value are left out.</summary>
    public HtmlPage Charts(params LineView[] views)
    {
        var drawn = views.Where(v => v.Chart.Series.Any(s => s.Y.Any(double.IsFinite))).ToList();
        for (var i = 0; i < drawn.Count; i++)
            Chart(drawn[i], wide: i == drawn.Count - 1 && drawn.Count % 2 == 1);
        return this;
    }

    /// <summary>A heatmap with a slider, and a static picture for a reader without scripts.</summary>
    public HtmlPage Heat(IHeatView view, string caption) =>
        view.Picture.Frames.Cells.Count == 0 ? this : Raw(HtmlFigure.Heat(view.Picture, caption, "card wide moelab"));

    /// <summary>A table in a card; numbers are set to the right.</summary>
    public HtmlPage Table(ViewTable table, bool wide = true) =>
        Raw($"<div class=\"card moelab{(wide ? " wide" : "")}\"><div class=\"scroll\">{HtmlFigure.Table(table)}</div></div>");

    /// <summary>The whole document.</summary>
    public override string ToString() =>
        "<!doctype html>\n<html lang=\"en\" class=\"moelab\" data-ready>\n<head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        + $"<title>{Escape(title)}</title><style>{HtmlFigure.Css}{HtmlFigure.Resource("page.css")}</style></head>\n<body><main>\n{_body.ToString().Replace(ContentsMark, List(), StringComparison.Ordinal)}</main>\n<script>{HtmlFigure.Script}</script></body></html>\n";

    private static string Anchor(string text) => string.Join('-', ViewTable.Snake(text).Split('_', StringSplitOptions.RemoveEmptyEntries));

    private string List() =>
        $"<nav class=\"contents\" aria-label=\"contents\">{string.Concat(_headings.Select(h => $"<a href=\"#{Anchor(h)}\">{Escape(h)}</a>"))}</nav>";
}
