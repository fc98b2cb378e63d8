using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MoELab.Board.Catalog;
using MoELab.Board.Hosting;
using MoELab.Runs.Analysis;
using MoELab.Runs.Control;
using MoELab.Views.Reports;

namespace MoELab.Board.Api;

/// <summary>The list, one run, and what can be done with runs.</summary>
internal static class RunEndpoints
{
    // A report has scripts and styles inside; without an origin of its own it can reach nothing of the board.
    private const string ReportPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder app, RunCatalog catalog, RunStore store)
    {
        app.MapGet("/api/runs", () =>
        {
            // Whoever asks for all of it has just opened the page, or changed something.
            var (rows, _, version) = catalog.Since(0, now: true);
            return Results.Json(new { folder = catalog.Folder, version, rows });
        });
        app.MapGet("/api/run", (string run) => store.Read([run], runs => Results.Json(new { html = Describe(runs[0]).Html })));
        app.MapGet("/report", (string run, HttpResponse response) =>
        {
            var page = store.Read([run], runs => Report.ToHtml(runs[0]));
            response.Headers.ContentSecurityPolicy = ReportPolicy;
            return Results.Content(page, "text/html; charset=utf-8");
        });
        app.MapPost("/api/act", async (HttpRequest request) =>
        {
            var body = await RequestBody.Read(request).ConfigureAwait(false);
            var run = body["run"].Text();
            return Results.Json(new { done = $"{run} {RunActions.Act(catalog.PathOf(run), body["action"].Text())}" });
        });
        app.MapPost("/api/notes", async (HttpRequest request) =>
        {
            var body = await RequestBody.Read(request).ConfigureAwait(false);
            RunEdits.Note(catalog.PathOf(body["run"].Text()), notes => notes with
            {
                Tags = body["tags"].Exists ? [.. body["tags"].Items("a list of tags").Select(t => t.Text())] : notes.Tags,
                Text = body["text"].Exists ? body["text"].Text() : notes.Text,
                Archived = body["archived"].Exists ? body["archived"].Flag() : notes.Archived,
            });
            return Results.Json(new { done = "saved" });
        });
        app.MapPost("/api/delete", async (HttpRequest request) =>
        {
            var body = await RequestBody.Read(request).ConfigureAwait(false);
            RunEdits.Delete(catalog.PathOf(body["run"].Text()), body["confirm"].Text());
            catalog.Since(0, now: true);
            return Results.Json(new { done = "deleted" });
        });
    }

    private static Markup Describe(RunReader run)
    {
        var figures = RunFigures.Of(run);
        (string, string)[] facts =
        [
            ("step", run.RecipeOrNull is { } recipe ? $"{run.Step:N0} of {recipe.Training.Steps:N0}" : $"{run.Step:N0}"),
            ("loss, last tenth", ViewTable.Cell(figures.Loss)), ("held-out bits/byte", ViewTable.Cell(figures.BitsPerByte)),
            ("MaxVio, last tenth", ViewTable.Cell(figures.MaxVio)), ("dead experts", ViewTable.Cell(figures.DeadExperts)),
            ("tokens/s, median", ViewTable.Cell(figures.TokensPerSecond)), ("tokens", ViewTable.Cell(figures.Tokens)),
            ("hours", figures.Seconds is { } s ? (s / 3600).ToString("0.00", CultureInfo.InvariantCulture) : ""),
        ];
        var shown = facts.Where(f => f.Item2.Length > 0).Select(f => Markup.Of($"<span>{f.Item1} <b>{f.Item2}</b></span>"));
        var findings = RunAnalysis.Explain(run).Select(f => Markup.Of($"<li class=\"{f.Kind.ToString().ToLowerInvariant()}\">{f.Text}</li>"));
        var events = new ViewTable(["step", "time, UTC", "event", "message"],
            [.. run.Events.Reverse().Take(200).Select(e => new object?[]
            {
                e.Step, Markup.Of($"<time>{e.Time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}</time>"), e.Word, e.Message,
            })]);
        return Markup.Of($"<div class=\"facts\">{shown}</div><h3>What happened</h3><ul class=\"findings\">{findings}</ul>"
            + $"<h3>Events, newest first</h3>{FigureEndpoints.Table(events)}");
    }
}
