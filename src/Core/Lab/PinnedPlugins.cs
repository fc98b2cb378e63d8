using System.Text.Json.Nodes;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab;

/// <summary>
/// Exactly the plugins that are at hand now: a recipe whose folder plugins are named as <c>name@hash</c>, and the folders that
/// another process loads to find them. What a plain name means may change while the run trains; what it runs does not.
/// </summary>
internal static class PinnedPlugins
{
    private static readonly (string Path, PluginKind Kind)[] Nodes =
        [("router", PluginKind.Router), ("balancer", PluginKind.Balancer), ("kernel", PluginKind.ExpertKernel)];

    /// <summary>The recipe with every plugin that came from a folder named by its hash, at scheduled changes too.</summary>
    /// <exception cref="RecipeException">No such plugin.</exception>
    public static Recipe Pin(Recipe recipe, PluginCatalog catalog)
    {
        var tree = recipe.ToTree();
        foreach (var (path, kind) in Nodes)
            tree[path] = PinNode(tree[path], kind, catalog);
        if (recipe.Losses.Count > 0)
            tree["losses"] = new JsonObject(recipe.Losses.Select(l => KeyValuePair.Create(Id(catalog, PluginKind.AuxiliaryLoss, l.Key), (JsonNode?)l.Value.DeepClone())));
        foreach (var change in tree["schedule"]?.AsArray() ?? [])
        {
            if (change?["set"] is not JsonObject set)
                continue;
            foreach (var (path, kind) in Nodes)
                if (set.ContainsKey(path))
                    set[path] = PinNode(set[path], kind, catalog);
        }
        return Recipe.FromTree(tree) with
        {
            Optimizer = new OptimizerRecipe(
                recipe.Optimizer.Groups.ToDictionary(g => g.Key, g => Id(catalog, PluginKind.Optimizer, g.Value)),
                recipe.Optimizer.Options.ToDictionary(o => Id(catalog, PluginKind.Optimizer, o.Key), o => o.Value)),
        };
    }

    /// <summary>The folders of the plugins that a pinned recipe names.</summary>
    public static IReadOnlyList<string> Folders(Recipe recipe, PluginCatalog catalog)
    {
        var words = RecipeTree.Leaves(recipe.ToTree(), "").SelectMany(l => new[] { l.Value, l.Path }).ToArray();
        return [.. catalog.Versions.Where(p => p.FromFolder && words.Any(w => w.Contains(p.Id, StringComparison.Ordinal)))
            .Select(p => Path.GetFullPath(p.Source)).Distinct()];
    }

    private static JsonNode? PinNode(JsonNode? node, PluginKind kind, PluginCatalog catalog)
    {
        var copy = node?.DeepClone();
        if (copy is JsonObject map && map["name"] is { } name)
            map["name"] = Id(catalog, kind, name.ToString());
        else if (copy is JsonValue word)
            return Id(catalog, kind, word.ToString());
        return copy;
    }

    private static string Id(PluginCatalog catalog, PluginKind kind, string name)
    {
        if (kind == PluginKind.ExpertKernel && name == "auto")
            return name;
        var info = catalog.Find(kind, name);
        return info.FromFolder ? info.Id : name;
    }
}
