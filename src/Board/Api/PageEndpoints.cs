using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Views.Figures;

namespace MoELab.Board.Api;

/// <summary>The page, its style and its scripts.</summary>
internal static class PageEndpoints
{
    private static readonly Assembly Own = typeof(PageEndpoints).Assembly;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => Results.Content(HtmlFigure.Resource("board.html", Own), "text/html; charset=utf-8"));
        foreach (var style in Own.GetManifestResourceNames().Where(n => n.EndsWith(".css", StringComparison.Ordinal)))
            app.MapGet("/" + style, () => Results.Content(HtmlFigure.Resource(style, Own), "text/css; charset=utf-8"));
        app.MapGet("/figures.css", () => Results.Content(HtmlFigure.Css, "text/css; charset=utf-8"));
        foreach (var script in Own.GetManifestResourceNames().Where(n => n.EndsWith(".js", StringComparison.Ordinal)))
            app.MapGet("/" + script, () => Results.Content(HtmlFigure.Resource(script, Own), "text/javascript; charset=utf-8"));
        app.MapGet("/figures.js", () => Results.Content(HtmlFigure.Script, "text/javascript; charset=utf-8"));
    }
}
