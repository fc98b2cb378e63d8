using System.Text.Json;

namespace MoELab.Cli.Commands;

/// <summary><c>plugins [NAME]</c>: the plugins that a recipe can name, with options, defaults and ranges.</summary>
internal static class PluginsCommand
{
    public static Command Create(CliContext context)
    {
        var name = CliOptions.Argument<string?>("NAME", "show one plugin with its options", ArgumentArity.ZeroOrOne);
        var json = CliOptions.Json();
        return new Command("plugins", "list routers, balancers, losses, optimizers, expert kernels and readers") { name, json }.WithAction(parsed =>
        {
            var plugins = Choose(context.Catalog, parsed.GetValue(name));
            foreach (var problem in context.Catalog.Problems)
                context.Error.WriteLine($"warning: {problem.Sentence}");
            if (parsed.GetValue(json))
                context.WriteJson(new JsonArray([.. plugins.Select(ToJson)]));
            else if (parsed.GetValue(name) is null)
                context.WriteTable(["kind", "name", "what", "options"], plugins.Select(p =>
                    (string[])[KindOf(p), p.Name, p.Summary, string.Join(" ", p.Options.Select(o => o.Name))]));
            else
                foreach (var plugin in plugins)
                    WritePage(context, plugin);
        });
    }

    private static IReadOnlyList<PluginInfo> Choose(PluginCatalog catalog, string? name)
    {
        var found = catalog.All.Where(p => name is null || p.Name == name).ToArray();
        if (catalog.Problems.FirstOrDefault(p => found.Length == 0 && p.Plugins.Contains(name)) is { } problem)
            throw new InputException($"plugin '{name}': {problem.Sentence}");
        return found.Length > 0 || name is null ? found
            : throw new InputException($"plugin '{name}': no such plugin{Names.Hint(name, [.. catalog.All.Select(p => p.Name).Distinct()])}");
    }

    private static JsonNode ToJson(PluginInfo plugin) => new JsonObject
    {
        ["name"] = plugin.Name,
        ["kind"] = KindOf(plugin),
        ["summary"] = plugin.Summary,
        ["options"] = new JsonArray([.. plugin.Options.Select(o => (JsonNode)new JsonObject
        {
            ["name"] = o.Name,
            ["default"] = JsonSerializer.SerializeToNode(o.Default, OptionsBinder.Json),
            ["min"] = o.Min,
            ["max"] = o.Max,
            ["choices"] = o.Choices.Count == 0 ? null : JsonSerializer.SerializeToNode(o.Choices),
            ["summary"] = o.Summary,
        })]),
    };

    private static string KindOf(PluginInfo plugin) => JsonNamingPolicy.KebabCaseLower.ConvertName(plugin.Kind.ToString());

    private static void WritePage(CliContext context, PluginInfo plugin)
    {
        context.Output.WriteLine($"{plugin.Name} ({KindOf(plugin)}): {plugin.Summary}");
        if (plugin.Options.Count == 0)
            context.Output.WriteLine("  no options");
        else
            context.WriteTable(["option", "default", "range", "what"],
                plugin.Options.Select(o => (string[])[o.Name, OptionText.Default(o), OptionText.Range(o), o.Summary]));
    }
}
