using MoELab.Training.Metrics;

namespace MoELab.Cli.Commands;

/// <summary><c>recipe show|list|diff|keys</c>: what a recipe contains, and what it costs.</summary>
internal static class RecipeCommand
{
    public static Command Create(CliContext context) => new("recipe", "show, list and compare recipes")
    {
        Show(context), List(context), Diff(context), Keys(context),
    };

    private static Command Show(CliContext context)
    {
        var (recipe, set, json) = (CliOptions.Recipe(), CliOptions.Set(), CliOptions.Json());
        return new Command("show", "show the recipe in full, with parameters, FLOPs, memory and tokens per expert")
        {
            recipe, set, json,
        }.WithAction(parsed =>
        {
            var chosen = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!, out var bound);
            var cost = context.Catalog.Cost(chosen);
            if (parsed.GetValue(json))
                context.WriteJson(RecipeReport.ToJson(chosen, cost, bound));
            else
                context.Output.Write(bound.Recipe.ToYaml() + "\n" + RecipeReport.ToText(cost, bound));
        });
    }

    private static Command List(CliContext context)
    {
        var json = CliOptions.Json();
        return new Command("list", "list the presets") { json }.WithAction(parsed =>
        {
            var all = Presets.Names.Select(n => (Recipe)n)
                .Select(r => (Recipe: r, Cost: context.Catalog.Cost(r))).ToArray();
            if (parsed.GetValue(json))
                context.WriteJson(new JsonArray([.. all.Select(x => (JsonNode)RecipeReport.Summary(x.Recipe, x.Cost))]));
            else
                context.WriteTable(["recipe", "parameters", "active", "experts", "balancer", "tokens per step", "steps"], all.Select(x => (string[])[
                    x.Recipe.Name, RecipeReport.Count(x.Cost.TotalParameters), RecipeReport.Count(x.Cost.ActiveParameters),
                    $"{x.Recipe.Model.ActiveExperts} of {x.Recipe.Model.Experts}", x.Recipe.Balancer.Name,
                    $"{x.Recipe.Training.TokensPerStep:N0}", $"{x.Recipe.Training.Steps:N0}"]));
        });
    }

    private static Command Keys(CliContext context)
    {
        var json = CliOptions.Json();
        return new Command("keys", "list every key with its default and range, as Markdown") { json }.WithAction(parsed =>
        {
            if (parsed.GetValue(json))
                context.WriteJson(new JsonArray([.. RecipeKeys.All.Select(k => (JsonNode)new JsonObject
                {
                    ["path"] = k.Path,
                    ["min"] = k.Key.Min,
                    ["max"] = k.Key.Max,
                    ["choices"] = new JsonArray([.. k.Key.Choices.Select(c => (JsonNode)c)]),
                    ["summary"] = k.Key.Summary,
                })]));
            else
                context.Output.Write(RecipeKeys.ToMarkdown());
        });
    }

    private static Command Diff(CliContext context)
    {
        var (left, right, set, json) = (CliOptions.Recipe("LEFT"), CliOptions.Recipe("RIGHT"), CliOptions.Set(), CliOptions.Json());
        return new Command("diff", "show every value that differs; --set changes RIGHT") { left, right, set, json }.WithAction(parsed =>
        {
            var differences = Recipe.Load(parsed.GetValue(left)!).InFull(context.Catalog)
                .Diff(CliOptions.Load(context, parsed.GetValue(right)!, parsed.GetValue(set)!).InFull(context.Catalog));
            if (parsed.GetValue(json))
                context.WriteJson(new JsonArray([.. differences.Select(d =>
                    (JsonNode)new JsonObject { ["path"] = d.Path, ["left"] = d.Left, ["right"] = d.Right })]));
            else
                context.WriteTable(["path", parsed.GetValue(left)!, parsed.GetValue(right)!],
                    differences.Select(d => (string[])[d.Path, d.Left ?? "-", d.Right ?? "-"]));
        });
    }
}
