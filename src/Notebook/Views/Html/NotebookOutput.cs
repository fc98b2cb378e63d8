using System.Globalization;

namespace MoELab.Views;

/// <summary>Views and tables as fragments of HTML that stand alone in a cell's output: style, picture, data and script together, nothing from a network.</summary>
internal static class NotebookOutput
{
    /// <summary>A view: its static picture, brought to life where scripts run.</summary>
    public static string NotebookHtml(View view) => view switch
    {
        LineView line => Live(HtmlFigure.Curves(line.Chart)),
        IHeatView heat when heat.Picture.Frames.Cells.Count > 0 => Live(HtmlFigure.Heat(heat.Picture)),
        IHtmlView html => Live(html.Html()),
        _ => Live($"<figure>{SvgText.Bare(view.ToSvg())}</figure>"),
    };

    /// <summary>A titled table.</summary>
    public static string NotebookHtml(string title, ViewTable table, string note = "") => Still(
        (title.Length > 0 ? $"<div class=\"title\">{HtmlFigure.Escape(title)}</div>" : "")
        + $"<div class=\"scroll\">{HtmlFigure.Table(table)}</div>"
        + (note.Length > 0 ? $"<div class=\"mute\">{HtmlFigure.Escape(note)}</div>" : ""));

    /// <summary>Markup with the style that it needs.</summary>
    public static string Still(string markup) => $"<div class=\"moelab\"><style>{HtmlFigure.Css}</style>{markup}</div>";

    /// <summary>Markup with style and script.</summary>
    public static string Live(string markup) => $"<div class=\"moelab\"><style>{HtmlFigure.Css}</style>{SvgText.Portable(markup)}<script>{HtmlFigure.Script}</script></div>";

    /// <summary>A view as a short text: its title and a table of figures.</summary>
    public static string Plain(View view) => view.Title + "\n" + (view is LineView line ? Summary(line) : view.Data).ToText();

    private static ViewTable Summary(LineView view) => new([view.Chart.XLabel, "values", "first", "last", "least", "most"],
        [.. view.Chart.Series.Where(s => s.Name.Length > 0).Select(s =>
        {
            var finite = s.Y.Where(double.IsFinite).ToArray();
            return new object?[] { s.Name, s.Y.Count, Of(finite.Length > 0, () => finite[0]), Of(finite.Length > 0, () => finite[^1]), Of(finite.Length > 0, finite.Min), Of(finite.Length > 0, finite.Max) };
        })]);

    private static object? Of(bool any, Func<double> value) => any ? double.Parse(value().ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}

/// <summary>A view that says itself what its HTML is: tables, painted text.</summary>
internal interface IHtmlView
{
    /// <summary>Markup for a page or an output that has the style of figures.</summary>
    string Html();
}
