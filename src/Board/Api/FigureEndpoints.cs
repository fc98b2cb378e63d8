using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Board.Catalog;
using MoELab.Board.Figures;
using MoELab.Views.Comparisons;
using MoELab.Views.Figures;
using MoELab.Views.Scenes;

namespace MoELab.Board.Api;

/// <summary>Pictures: for the page as markup with what its script reads from them, and as files.</summary>
internal static class FigureEndpoints
{
    // The tables of a comparison, as files are called.
    private const string Compared = "comparison", Recipes = "recipes";

    public static void Map(IEndpointRouteBuilder app, RunCatalog catalog, RunStore store)
    {
        var figures = new BoardFigures(store);
        app.MapGet("/api/curves", (HttpRequest request) => Curves(figures, new FigureQuery(request.Query), request.Query["mark"]));
        app.MapGet("/api/routing", (HttpRequest request) => Heat(figures.Routing(new FigureQuery(request.Query)), request));
        app.MapGet("/api/frames", (HttpRequest request) => Results.Json(
            figures.Frames(new FigureQuery(request.Query)).Select(f => new { step = f.Step, cells = f.Cells, means = f.Means })));
        app.MapGet("/api/difference", (HttpRequest request) => Heat(figures.Difference(new FigureQuery(request.Query)), request));
        app.MapGet("/api/domains", (HttpRequest request) => Domains(figures, new FigureQuery(request.Query)));
        app.MapGet("/api/compare", (HttpRequest request) => Compare(store, new FigureQuery(request.Query)));
        app.MapGet("/api/metrics", (HttpRequest request) => Metrics(catalog, new FigureQuery(request.Query)));
        app.MapGet("/save/{figure}.{format}", (string figure, string format, HttpRequest request) =>
        {
            var query = new FigureQuery(request.Query);
            if (figure is Compared or Recipes)
                return SaveTable(store, figure, format, query);
            View view = figure switch
            {
                "curves" => figures.Curves(query),
                "routing" => figures.Routing(query),
                "difference" => figures.Difference(query),
                "domains" => figures.Domains(query),
                _ => throw new InputException($"figure '{figure}'; expected curves, routing, difference, domains, "
                    + $"{Compared} or {Recipes}"),
            };
            var (bytes, type) = FigureFile.Of(view, format, query);
            return Results.File(bytes, type, $"{figure}{(figure == "curves" ? "-" + ViewTable.Snake(query.Metric).Replace('/', '-') : "")}.{format}");
        });
    }

    // A page that watches has the picture already, unless something was logged since.
    private static IResult Curves(BoardFigures figures, FigureQuery query, string? known)
    {
        var view = figures.Curves(query);
        var mark = Mark(view.Chart);
        if (mark == known)
            return Results.NoContent();
        // The page has title and legend as text of its own.
        var chart = view.Chart with { Width = query.Width, Height = query.Height };
        var layout = new ChartLayout(chart, bare: true);
        return Results.Json(new
        {
            svg = SvgWriter.Write(layout.Draw(), styled: false).Html,
            title = view.Title,
            unit = view.Chart.YLabel,
            mark,
            data = ChartFigure.Data(layout),
            legend = chart.Series.Select(s => new { name = s.Name, color = s.Color }),
        });
    }

    // Curves only grow: their lengths and ends show whether they have.
    private static string Mark(LineChart chart) => string.Join(' ', chart.Series.Select(s => Ends(s.X, s.Y))
        .Concat(chart.Bands.Select(b => Ends(b.X, b.High))).Append(FormattableString.Invariant($"{chart.Markers.Count}")));

    private static string Ends(IReadOnlyList<double> x, IReadOnlyList<double> y) =>
        x.Count == 0 ? "0" : FormattableString.Invariant($"{x.Count}:{x[^1]:R}:{y[^1]:R}");

    private static IResult Heat(HeatView view, HttpRequest request)
    {
        var markup = view.Picture.Frames.Cells.Count == 0 ? Markup.Of($"<p class=\"mute\">No routing is recorded yet.</p>")
            : HtmlFigure.Heat(view.Picture, FigurePage.Own, width: new FigureQuery(request.Query).Width);
        return Results.Json(new { html = markup.Html, title = view.Title });
    }

    private static IResult Domains(BoardFigures figures, FigureQuery query)
    {
        var view = figures.Domains(query);
        return Results.Json(new { html = Markup.Of($"<figure>{SvgWriter.Write(view.Scene, styled: false)}</figure>{Table(view.Data)}").Html });
    }

    private static IResult Compare(RunStore store, FigureQuery query) => store.Read(query.Runs, runs =>
    {
        var comparison = new Comparison(runs);
        var diff = comparison.Diff;
        var differences = diff.Rows.Count == 0 ? Markup.Of($"<p class=\"mute\">Nothing.</p>") : Table(diff);
        return Results.Json(new
        {
            html = Markup.Of($"<p class=\"statement\">{comparison.Statement()}</p>{Heading("Figures", Compared, query)}{Table(comparison.Table)}"
                + $"{Heading("What differs in the recipes", Recipes, query)}{differences}").Html,
        });
    });

    private static Markup Heading(string text, string figure, FigureQuery query)
    {
        var address = $"/save/{figure}.csv?" + string.Join('&', query.Runs.Select(r => "run=" + Uri.EscapeDataString(r)));
        return Markup.Of($"<div class=\"controls\"><h3>{text}</h3><span class=\"grow\"></span>"
            + $"<a class=\"as-button\" download href=\"{address}\" aria-label=\"save {figure} as CSV\">CSV</a></div>");
    }

    private static IResult SaveTable(RunStore store, string figure, string format, FigureQuery query) => store.Read(query.Runs, runs =>
    {
        if (format != "csv")
            throw new InputException($"format '{format}'; expected csv, because '{figure}' is a table");
        var comparison = new Comparison(runs);
        var table = figure == Compared ? comparison.Table : comparison.Diff;
        return Results.File(Encoding.UTF8.GetBytes(table.ToCsv()), "text/csv; charset=utf-8", $"{figure}.csv");
    });

    private static IResult Metrics(RunCatalog catalog, FigureQuery query) => Results.Json(query.Runs
        .SelectMany(r => Query.MetricNames.Of(Path.Combine(catalog.PathOf(r), Runs.Log.LogFile.Metrics)))
        .Where(n => n is not ("step" or "crc")).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    internal static Markup Table(ViewTable table) => Markup.Of($"<div class=\"scroll\" tabindex=\"0\">{table.ToHtml(styled: false)}</div>");
}
