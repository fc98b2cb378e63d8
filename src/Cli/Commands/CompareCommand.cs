using MoELab.Views.Comparisons;

namespace MoELab.Cli.Commands;

/// <summary><c>compare RUN RUN...</c>: figures side by side, differences between the recipes, and a page with curves and heatmaps.</summary>
internal static class CompareCommand
{
    public static Command Create(CliContext context)
    {
        var names = CliOptions.Argument<string[]>("RUN", "two or more runs: names, or paths of their folders", ArgumentArity.OneOrMore);
        var output = CliOptions.Of<string?>("--output", "the page to write (default: compare.html next to the first run)", "FILE.html");
        var (runs, force, json) = (RunOptions.Runs(), CliOptions.Force(), CliOptions.Json());
        return new Command("compare", "compare runs: a table, the differences, and one HTML page that needs no network")
        {
            names, runs, output, force, json,
        }.WithAction(parsed =>
        {
            var comparison = new Comparison([.. parsed.GetValue(names)!.Select(n => RunReader.Open(n, parsed.GetValue(runs)!))]);
            foreach (var run in comparison.Runs)
                context.WarnOfDamage(run);
            var page = parsed.GetValue(output) is { } named
                ? CliFiles.ToWrite(named, parsed.GetValue(force))
                : CliFiles.ToWrite(Path.Combine(comparison.Runs[0].FullPath, "..", "compare.html"));
            CliFiles.Try(() => comparison.Write(page),
                why => $"compare: '{page}' cannot be written ({why}); choose another place with --output FILE");
            if (parsed.GetValue(json))
            {
                context.WriteJson(ToJson(comparison, page));
                return;
            }
            foreach (var table in new[] { comparison.Table, comparison.Diff }.Where(t => t.Rows.Count > 0))
                context.WriteTable(table.Titles, table.Rows.Select(row => row.Select(Text)));
            context.Output.WriteLine(comparison.Statement());
            context.Output.WriteLine(page);
        });
    }

    private static JsonObject ToJson(Comparison comparison, string page) => new()
    {
        ["runs"] = new JsonArray([.. comparison.Runs.Select(r => (JsonNode)RunFormat.ToJson(r))]),
        ["differences"] = new JsonArray([.. comparison.Diff.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["path"] = (string)row[0]!,
            ["values"] = new JsonArray([.. row.Skip(1).Select(v => (JsonNode?)v?.ToString())]),
        })]),
        ["statement"] = comparison.Statement(),
        ["page"] = page,
    };

    private static string Text(object? cell) => cell switch
    {
        null => "-",
        double d => d.ToString(Math.Abs(d) >= 1000 || d == Math.Floor(d) ? "#,0" : "0.000", CultureInfo.InvariantCulture),
        long n => n.ToString("#,0", CultureInfo.InvariantCulture),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!,
    };
}
