using MoELab.Views.Figures;

namespace MoELab.Views.Reports;

/// <summary>A self-contained page: style, script and pictures inside, nothing from a network.</summary>
internal sealed class HtmlPage(string title)
{
    private const string ContentsMark = "<!--contents-->";
    private readonly StringBuilder _body = new();
    private readonly List<string> _headings = [];

    /// <summary>Adds markup on a line of its own.</summary>
    public HtmlPage Add(MarkupHandler markup) => Add(Markup.Of(markup));

    public HtmlPage Add(Markup markup)
    {
        _body.Append(markup.Html).Append('\n');
        return this;
    }

    /// <summary>A heading, which the list of contents names.</summary>
    public HtmlPage Heading(string text)
    {
        _headings.Add(text);
        return Add($"<h2 id=\"{Anchor(text)}\">{text}</h2>");
    }

    /// <summary>Puts the list of contents here.</summary>
    public HtmlPage Contents() => Add(new Markup(ContentsMark));

    /// <summary>A headline figure with a note and a sparkline below it.</summary>
    public HtmlPage Tile(string name, string value, string note, IReadOnlyList<double>? curve = null) =>
        Add($"<div class=\"tile\"><span class=\"k\">{name}</span><span class=\"v\">{value}</span>"
            + $"<span class=\"n\">{note}</span>{(curve is null ? null : Sparkline.Of(curve))}</div>");

    /// <summary>A line chart whose values a crosshair reads; charts without a value are left out.</summary>
    public HtmlPage Chart(LineView view, bool wide = false, string caption = "")
    {
        if (!view.Chart.HasValues)
            return this;
        var chart = view.Chart with { Width = wide ? 1180 : 580, Height = wide ? 330 : 290 };
        return Add(HtmlFigure.Curves(chart, FigurePage.Own, caption, wide ? "card wide moelab" : "card moelab"));
    }

    /// <summary>Charts in two columns; the last takes both if it would be alone in its row. Charts without a value are left out.</summary>
    public HtmlPage Charts(params LineView[] views)
    {
        var drawn = views.Where(v => v.Chart.HasValues).ToList();
        for (var i = 0; i < drawn.Count; i++)
            Chart(drawn[i], wide: i == drawn.Count - 1 && drawn.Count % 2 == 1);
        return this;
    }

    /// <summary>A heatmap with a slider, and a static picture for a reader without scripts.</summary>
    public HtmlPage Heat(HeatView view, string caption) =>
        view.Picture.Frames.Cells.Count == 0 ? this : Add(HtmlFigure.Heat(view.Picture, FigurePage.Own, caption, "card wide moelab"));

    /// <summary>A table in a card; numbers are set to the right.</summary>
    public HtmlPage Table(ViewTable table, bool wide = true) =>
        Add($"<div class=\"card moelab{(wide ? " wide" : "")}\"><div class=\"scroll\">{table.ToHtml()}</div></div>");

    public override string ToString() =>
        Document(title, "", new Markup(_body.ToString().Replace(ContentsMark, List().Html, StringComparison.Ordinal)),
            HtmlFigure.Resource("page.css"));

    /// <summary>A document of this library's style and script around a body.</summary>
    internal static string Document(string title, string classes, Markup body, params IEnumerable<string> styles) =>
        Markup.Of($"<!doctype html>\n<html lang=\"en\" class=\"moelab\" data-ready>\n<head><meta charset=\"utf-8\">"
            + $"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>"
            + $"<style>{new Markup(HtmlFigure.Css + string.Concat(styles))}</style></head>\n"
            + $"<body><main class=\"{classes}\">\n{body}</main>\n<script>{new Markup(HtmlFigure.Script)}</script></body></html>\n").Html;

    private static string Anchor(string text) => string.Join('-', ViewTable.Snake(text).Split('_', StringSplitOptions.RemoveEmptyEntries));

    private Markup List() =>
        Markup.Of($"<nav class=\"contents\" aria-label=\"contents\">{_headings.Select(h => Markup.Of($"<a href=\"#{Anchor(h)}\">{h}</a>"))}</nav>");
}
