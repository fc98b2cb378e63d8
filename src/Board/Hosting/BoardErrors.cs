using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MoELab.Board.Hosting;

/// <summary>Every failure as one sentence: JSON where the page's script asked, plain text where a person did.</summary>
internal static class BoardErrors
{
    public static async Task Handle(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed } missing)
                await Write(context, missing.StatusCode, $"The board has nothing at {context.Request.Method} {context.Request.Path}.")
                    .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
#pragma warning disable CA1031 // The edge of the server: every error is one sentence.
        catch (Exception e) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            var (status, sentence) = (e is AggregateException { InnerException: { } inner } ? inner : e) switch
            {
                UnknownRunException unknown => (StatusCodes.Status404NotFound, unknown.Message),
                RunException failed => (StatusCodes.Status409Conflict, failed.Message),
                MoELabException wrong => (StatusCodes.Status400BadRequest, wrong.Message),
                // Not 408, upon which a browser asks once more by itself and shows nothing.
                TimeoutException late => (StatusCodes.Status504GatewayTimeout, late.Message),
                OperationCanceledException => (StatusCodes.Status503ServiceUnavailable, "The board is stopping."),
                BadHttpRequestException bad => (bad.StatusCode, bad.Message),
                var disk when Runs.Folder.DiskError.Is(disk) =>
                    (StatusCodes.Status409Conflict, $"A file or folder cannot be read or written ({Runs.Folder.DiskError.Reason(disk)})."),
                var other => (StatusCodes.Status500InternalServerError, $"{other.GetType().Name}: {other.Message.Split('\n')[0].Trim()}"),
            };
            await Write(context, status, sentence).ConfigureAwait(false);
        }
    }

    public static Task Write(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        var isScript = context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal);
        context.Response.ContentType = isScript ? "application/json" : "text/plain; charset=utf-8";
        return context.Response.WriteAsync(isScript ? JsonSerializer.Serialize(new { error = sentence }) : sentence + "\n");
    }
}
