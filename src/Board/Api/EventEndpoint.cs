using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Board.Catalog;

namespace MoELab.Board.Api;

/// <summary>
/// Server-sent events: about once a second the rows of the list that changed. Without a page that listens, nobody looks at the folder.
/// </summary>
internal static class EventEndpoint
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static void Map(WebApplication app, RunCatalog catalog)
    {
        var ending = app.Lifetime.ApplicationStopping;
        app.MapGet("/api/events", (long since, HttpContext context) => Follow(context, catalog, since, ending));
    }

    private static async Task Follow(HttpContext context, RunCatalog catalog, long since, CancellationToken ending)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        context.Response.ContentType = "text/event-stream";
        using var timer = new PeriodicTimer(Every);
        try
        {
            await Send(context, "hello", new { since }, end.Token).ConfigureAwait(false);
            do
            {
                try
                {
                    var (rows, gone, version) = catalog.Since(since);
                    if (rows.Count > 0 || gone.Count > 0)
                        await Send(context, "runs", new { rows, gone, version }, end.Token).ConfigureAwait(false);
                    since = version;
                }
                catch (InputException e)
                {
                    await Send(context, "trouble", new { error = e.Message }, end.Token).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The page went, or the board ends.
        }
    }

    private static async Task Send(HttpContext context, string kind, object data, CancellationToken cancel)
    {
        await context.Response.WriteAsync($"event: {kind}\ndata: {JsonSerializer.Serialize(data, Json)}\n\n", cancel).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(cancel).ConfigureAwait(false);
    }
}
