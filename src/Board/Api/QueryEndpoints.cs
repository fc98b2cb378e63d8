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

    public static void Map(IEndpointRouteBuilder app, RunDatabase database, TimeSpan most) =>
        app.MapPost("/api/sql", (HttpRequest request) => Ask(request, database, most));

    private static async Task<IResult> Ask(HttpRequest request, RunDatabase database, TimeSpan most)
    {
        var sql = (await RequestBody.Read(request).ConfigureAwait(false))["sql"].Text();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(most);
        QueryTable table;
        try
        {
            table = await Task.Run(() => database.Query(sql, most: MostRows + 1, cancel: limit.Token), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new TimeoutException(FormattableString.Invariant($"The query took longer than {most.TotalSeconds:0.#} s and was stopped."), e);
        }
        var view = new ViewTable(table.Columns, [.. table.Take(MostRows).Select(r => r.Values)])
        {
            Note = table.Count > MostRows ? $"The first {MostRows:N0} rows; there are more."
                : $"{table.Count:N0} row{(table.Count == 1 ? "" : "s")}.",
        };
        return Results.Json(new { html = FigureEndpoints.Table(view).Html, csv = view.ToCsv() });
    }
}
