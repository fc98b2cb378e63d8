using System.Text.Json;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;

namespace MoELab.Plugins;

/// <summary>The plugins that a run uses: recorded by hash, and copied into the run if they came from a folder.</summary>
internal static class RunPlugins
{
    /// <summary>
    /// The plugins that a recipe names, at the start and after its scheduled changes; also every available metric, and every corpus reader
    /// if the recipe has sources of its own.
    /// </summary>
    public static IReadOnlyList<PluginInfo> Used(Recipe recipe, PluginCatalog catalog, string kernel)
    {
        PluginInfo[] used =
        [
            catalog.Find(PluginKind.ExpertKernel, kernel),
            .. RecipeChange.Scheduled(recipe, catalog).Select(s => s.Recipe).Prepend(recipe).SelectMany(r => Named(r, catalog)),
            .. catalog.All.Where(p => p.Kind == PluginKind.Metric || (p.Kind == PluginKind.CorpusReader && recipe.Data.Sources.Count > 0)),
        ];
        return [.. used.DistinctBy(p => (p.Kind, p.Id)).OrderBy(p => p.Kind).ThenBy(p => p.Id, StringComparer.Ordinal)];
    }

    /// <summary>For <c>environment.json</c>: <c>{kind, name, hash, id}</c> of each.</summary>
    public static JsonArray Describe(IEnumerable<PluginInfo> plugins) => [.. plugins.Select(p => (JsonNode)new JsonObject
    {
        ["kind"] = JsonNamingPolicy.KebabCaseLower.ConvertName(p.Kind.ToString()),
        ["name"] = p.Name,
        ["hash"] = p.Hash,
        ["id"] = p.Id,
    })];

    /// <summary>The kernel that computed the experts when a run began; null if its environment does not record it.</summary>
    public static string? Kernel(RunFolder folder) => RunReader.Open(folder.FullPath).Environment["plugins"] is JsonArray plugins
        ? plugins.OfType<JsonObject>().FirstOrDefault(p => p["kind"]?.ToString() == "expert-kernel")?["name"]?.ToString() : null;

    /// <summary>The comment at the top of <c>recipe.yaml</c>: one line for each, with the hash of its assembly.</summary>
    public static string Comment(IEnumerable<PluginInfo> plugins) => "# plugins in force, each with the hash of its assembly:\n"
        + string.Concat(plugins.Select(p => $"#   {JsonNamingPolicy.KebabCaseLower.ConvertName(p.Kind.ToString())} {p.Id}\n"));

    /// <summary>Copies those that came from a folder into the run's <c>plugins</c> folder.</summary>
    /// <exception cref="InputException">The folder of one has changed since it was loaded.</exception>
    /// <exception cref="RunException">One cannot be copied.</exception>
    public static void Keep(IEnumerable<PluginInfo> plugins, string run)
    {
        foreach (var plugin in plugins)
            plugin.SaveTo(Path.Combine(run, "plugins"));
    }

    // Without the kernel: a recipe can leave it to 'auto', and one that cannot run here is replaced.
    private static IEnumerable<PluginInfo> Named(Recipe recipe, PluginCatalog catalog) =>
        PluginSlot.All.Where(slot => slot != PluginSlot.Kernel)
            .SelectMany(slot => slot.Of(recipe).Select(c => catalog.Find(PluginRules.KindOf(slot), c.Name)));
}
