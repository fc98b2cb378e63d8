using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Board.Hosting;
using MoELab.Query;

namespace MoELab.Board.Api;

/// <summary>SQL over the runs, which reads and cannot write.</summary>
internal static class QueryEndpoints
{
    /// <summary>Rows that come back.</summary>
    public const int MostRows = 1000;

    /// <summary>Seconds that a query may take.</summary>
    public const int MostSeconds = 60;

    public static void Map(IEndpointRouteBuilder app, RunDatabase database) =>
        app.MapPost("/api/sql", (HttpRequest request) => Ask(request, database));

    private static async Task<IResult> Ask(HttpRequest request, RunDatabase database)
    {
        var sql = (await RequestBody.Read(request).ConfigureAwait(false))["sql"].Text();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(TimeSpan.FromSeconds(MostSeconds));
        var table = await Task.Run(() => database.Query(sql, most: MostRows + 1, cancel: limit.Token), limit.Token).ConfigureAwait(false);
        var view = new ViewTable(table.Columns, [.. table.Take(MostRows).Select(r => r.Values)])
        {
            Note = table.Count > MostRows ? $"The first {MostRows:N0} rows; there are more."
                : $"{table.Count:N0} row{(table.Count == 1 ? "" : "s")}.",
        };
        return Results.Json(new { html = FigureEndpoints.Table(view).Html, csv = view.ToCsv() });
    }
}
