using System.Text.Json;

namespace MoELab.Views.Reports;

/// <summary>The lower part of a report: sample, events, recipe, data, environment.</summary>
internal static class ReportTables
{
    public static void Add(HtmlPage page, RunReader run)
    {
        if (run.Sample is { Length: > 0 } sample)
            page.Heading("A generated sample").Add($"<div class=\"card\"><pre>{sample.Trim()}</pre></div>");
        if (run.Events.Count > 0)
            page.Heading("Events").Table(Events(run));
        Recipe(page, run);
        if (Records(run.Environment["data"]) is { Rows.Count: > 0 } data)
            page.Heading("Data").Table(data);
        Environment(page, run);
    }

    private static ViewTable Events(RunReader run) => new(["step", "time", "event", ""],
        [.. run.Events.Select(e => new object?[] { e.Step, e.Time?.ToUniversalTime().ToString("HH:mm:ss") ?? "", e.Word, e.Message })]);

    private static void Recipe(HtmlPage page, RunReader run)
    {
        if (!run.HasRecipe)
            return;
        page.Heading("Recipe").Add($"<div class=\"grid\">");
        if (run.RecipeOrNull is { } recipe && Presets.TryGet(recipe.Name, out var preset))
        {
            var differences = preset.Diff(recipe);
            if (differences.Count == 0)
                page.Add($"<div class=\"card wide\">The recipe is the preset {preset.Name}, unchanged.</div>");
            else
                page.Table(new ViewTable(["differs from the preset", preset.Name, "this run"],
                    [.. differences.Select(d => new object?[] { d.Path, d.Left ?? "-", d.Right ?? "-" })]));
        }
        page.Add($"<details class=\"card wide\"><summary>recipe.yaml</summary><pre>{RecipeText(run)}</pre></details></div>");
    }

    private static string RecipeText(RunReader run)
    {
        try
        {
            return run.RecipeText;
        }
        catch (MoELabException e)
        {
            return e.Message;
        }
    }

    /// <summary>An array of objects as a table whose columns are the objects' keys, in the order of first use.</summary>
    internal static ViewTable? Records(JsonNode? node)
    {
        if (node is not JsonArray array)
            return null;
        var records = array.OfType<JsonObject>().ToList();
        var columns = records.SelectMany(r => r.Select(p => p.Key)).Distinct().ToList();
        return new ViewTable(columns, [.. records.Select(r => columns.Select(c => Value(r[c])).ToArray())]);
    }

    private static void Environment(HtmlPage page, RunReader run)
    {
        var rows = RecipeTree.Leaves(run.Environment, "").Where(l => !l.Path.StartsWith("data[", StringComparison.Ordinal) && l.Path.Length > 0)
            .Select(l => new object?[] { l.Path, l.Value }).ToList();
        if (rows.Count > 0)
            page.Heading("Environment").Add($"<details class=\"card\"><summary>environment.json</summary>")
                .Table(new ViewTable(["", "value"], rows)).Add($"</details>");
    }

    private static object? Value(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => null,
        JsonValueKind.Number => node.GetValue<double>() is var d && d == Math.Floor(d) && Math.Abs(d) < 1e15 ? (long)d : d,
        JsonValueKind.String => node.GetValue<string>(),
        _ => node.ToJsonString(),
    };
}
