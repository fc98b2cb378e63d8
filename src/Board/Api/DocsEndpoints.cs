using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Board.Docs;
using MoELab.Views.Figures;

namespace MoELab.Board.Api;

/// <summary>The documentation: pages, their images, and the search.</summary>
internal static class DocsEndpoints
{
    private const string Html = "text/html; charset=utf-8";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/docs", () => Results.Redirect(DocsSite.Current.Pages[0].Address));
        app.MapGet("/docs/{name}", (string name) =>
            DocsSite.Current.Find(name) is { } page ? Results.Content(Page(page).Html, Html) : Missing(name));
        app.MapGet("/docs/images/{name}", (string name) =>
            DocsLinks.Images + name is var path && DocsFiles.Paths.Contains(path) ? Results.Stream(DocsFiles.Open(path), Kind(name)) : Missing(name));
        app.MapGet("/api/docs", (string? q) => Results.Content(Hits(q ?? "").Html, Html));
    }

    private static IResult Missing(string name)
    {
        var pages = string.Join(", ", DocsSite.Current.Pages.Select(p => p.Name));
        return Results.Text($"The documentation has no page or image '{name}'; its pages are: {pages}.\n", statusCode: StatusCodes.Status404NotFound);
    }

    private static string Kind(string name) => Path.GetExtension(name) == ".svg" ? "image/svg+xml" : "image/png";

    private static Markup Page(DocsPage page) => new(HtmlFigure.Resource("docs.html", typeof(DocsEndpoints).Assembly)
        .Replace("<!--title-->", Markup.Of($"{page.Title}").Html, StringComparison.Ordinal)
        .Replace("<!--pages-->", Markup.Join(DocsSite.Current.Pages.Select(p => Link(p.Address, p.Title, p == page))).Html, StringComparison.Ordinal)
        .Replace("<!--contents-->", Contents(page).Html, StringComparison.Ordinal)
        .Replace("<!--text-->", page.Html, StringComparison.Ordinal));

    private static Markup Contents(DocsPage page) =>
        Markup.Join(page.Sections.Where(s => s.Level == 2).Select(s => Link("#" + s.Anchor, s.Heading, false)));

    private static Markup Link(string address, string text, bool here) =>
        Markup.Of($"<a href=\"{address}\"{(here ? new Markup(" aria-current=\"page\"") : Markup.None)}>{text}</a>");

    private static Markup Hits(string query)
    {
        var hits = DocsSite.Current.Search.Find(query);
        if (hits.Count == 0)
            return Markup.Of($"<p class=\"mute\">No section has all of these words: {query}</p>");
        return Markup.Of($"<ol>{hits.Select(Hit)}</ol>");
    }

    private static Markup Hit(DocsHit hit)
    {
        var page = hit.Section.Level == 1 ? "" : hit.Page.Title;
        return Markup.Of($"<li><a href=\"{hit.Address}\"><b>{Marked(hit.Heading)}</b> <span class=\"mute\">{page}</span>"
            + $"<span class=\"excerpt\">{Marked(hit.Excerpt)}</span></a></li>");
    }

    private static IEnumerable<Markup> Marked(IReadOnlyList<string> pieces) =>
        pieces.Select((piece, i) => i % 2 == 1 ? Markup.Of($"<mark>{piece}</mark>") : Markup.Of($"{piece}"));
}
