using MoELab.Views.Figures;
using MoELab.Views.Html;

namespace MoELab.Views;

/// <summary>Views and tables as fragments of HTML that stand alone in a cell's output: style, picture, data and script together, nothing from a network.</summary>
internal static class NotebookOutput
{
    /// <summary>A view: its static picture, brought to life where scripts run.</summary>
    public static string NotebookHtml(View view) => Live(view.Html(FigurePage.Output));

    /// <summary>A titled table.</summary>
    public static string NotebookHtml(string title, ViewTable table, string note = "") =>
        Still(Markup.Of($"{Line("title", title)}<div class=\"scroll\">{table.ToHtml()}</div>{Line("mute", note)}"));

    /// <summary>Markup with the style that it needs.</summary>
    public static string Still(Markup markup) => Markup.Of($"<div class=\"moelab\">{Style}{markup}</div>").Html;

    /// <summary>Markup with style and script.</summary>
    public static string Live(Markup markup) => Markup.Of($"<div class=\"moelab\">{Style}{markup}{Script}</div>").Html;

    private static Markup Style { get; } = new($"<style>{HtmlFigure.Css}</style>");

    private static Markup Script { get; } = new($"<script>{HtmlFigure.Script}</script>");

    private static Markup? Line(string classes, string text) => text.Length > 0 ? Markup.Of($"<div class=\"{classes}\">{text}</div>") : null;

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
