using MoELab.Views.Figures;

namespace MoELab.Views;

/// <summary>Views and tables as fragments of HTML for a cell's output: style, picture, data and script together, nothing from a network.</summary>
internal static class NotebookOutput
{
    /// <summary>A view: its static picture, interactive where scripts run.</summary>
    public static string NotebookHtml(View view) => Live(view.Html(FigurePage.Output));

    /// <summary>A titled table.</summary>
    public static string NotebookHtml(string title, ViewTable table, string note = "") =>
        Still(Markup.Of($"{Markup.Line("title", title)}<div class=\"scroll\">{table.ToHtml()}</div>{Markup.Line("mute", note)}"));

    /// <summary>Markup with the style that it needs.</summary>
    public static string Still(Markup markup) => Markup.Of($"<div class=\"moelab\">{Style}{markup}</div>").Html;

    /// <summary>Markup with style and script.</summary>
    public static string Live(Markup markup) => Markup.Of($"<div class=\"moelab\">{Style}{markup}{Script}</div>").Html;

    private static Markup Style { get; } = new($"<style>{HtmlFigure.Css}</style>");

    private static Markup Script { get; } = new($"<script>{HtmlFigure.Script}</script>");

    /// <summary>A view as a short text: its title and a table of figures.</summary>
    public static string Plain(View view) => view.Title + "\n" + (view is LineView line ? Summary(line) : view.Data).ToText();

    private static ViewTable Summary(LineView view) => new([view.Chart.XLabel, "values", "first", "last", "least", "most"],
        [.. view.Chart.Series.Where(s => s.Name.Length > 0).Select(s =>
        {
            var finite = s.Y.Where(double.IsFinite).ToArray();
            object?[] figures = finite.Length == 0 ? [null, null, null, null]
                : [Rounded(finite[0]), Rounded(finite[^1]), Rounded(finite.Min()), Rounded(finite.Max())];
            return (object?[])[s.Name, s.Y.Count, .. figures];
        })]);

    private static double Rounded(double value) =>
        double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
