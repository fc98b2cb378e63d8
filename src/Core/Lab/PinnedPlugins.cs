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
            tree["losses"] = new JsonObject(recipe.Losses.Select(l =>
                KeyValuePair.Create(Id(catalog, PluginKind.AuxiliaryLoss, l.Key), (JsonNode?)l.Value.DeepClone())));
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

    /// <summary>
    /// A change to a run, with every folder plugin named by its hash and kept with the run, so that the process that trains it
    /// finds exactly these. A name that only the run itself knows stays as it is.
    /// </summary>
    /// <param name="run">The run folder.</param>
    /// <param name="current">The run's recipe.</param>
    /// <param name="path">The path that changes.</param>
    /// <param name="value">Its new value; it is changed.</param>
    /// <param name="catalog">The plugins at hand.</param>
    /// <exception cref="RecipeException">No such plugin here or with the run, or it cannot be kept.</exception>
    public static (string Path, JsonNode? Value) PinChange(string run, Recipe current, string path, JsonNode? value, PluginCatalog catalog)
    {
        string Known(PluginKind kind, string name) =>
            RecipeValidator.IsAuto(kind, name) || Kept(run, name) ? TryId(catalog, kind, name) : Id(catalog, kind, name);
        string KeyOf(PluginKind kind, string name, IEnumerable<string> keys) =>
            keys.FirstOrDefault(k => k.Split('@')[0] == name) ?? Known(kind, name);
        JsonNode? Word(PluginKind kind, JsonNode? node)
        {
            if (node is JsonObject map && map["name"] is JsonValue name)
                map["name"] = Known(kind, name.ToString());
            return node is JsonValue word ? JsonValue.Create(Known(kind, word.ToString())) : node;
        }
        var parts = path.Split('.');
        if (Nodes.FirstOrDefault(n => n.Path == parts[0]) is { Path: not null } node && (parts.Length == 1 || parts is [_, "name"]))
            value = Word(node.Kind, value);
        else if (parts is ["optimizer", "groups", _] || (parts is ["optimizer"] && value is JsonValue))
            value = Word(PluginKind.Optimizer, value);
        else if (parts is ["losses", ..] && parts.Length > 1)
            path = string.Join('.', [parts[0], KeyOf(PluginKind.AuxiliaryLoss, parts[1], current.Losses.Keys), .. parts[2..]]);
        else if (parts is ["optimizer", not "groups", ..])
            path = string.Join('.', [parts[0], KeyOf(PluginKind.Optimizer, parts[1], current.Optimizer.Groups.Values), .. parts[2..]]);
        else if (parts is ["losses"] && value is JsonObject losses)
            value = new JsonObject(losses.Select(l =>
                KeyValuePair.Create(l.Key == RecipeEdit.ResetKey ? l.Key : KeyOf(PluginKind.AuxiliaryLoss, l.Key, current.Losses.Keys),
                    l.Value?.DeepClone())));
        else if (parts is ["schedule"] && value is JsonArray changes)
            foreach (var change in changes.Select(c => c?["set"]).OfType<JsonObject>())
                foreach (var (inner, to) in change.Select(p => (p.Key, p.Value?.DeepClone())).ToArray())
                {
                    change.Remove(inner);
                    var pinned = PinChange(run, current, inner, to, catalog);
                    change[pinned.Path] = pinned.Value;
                }
        var text = path + value?.ToJsonString();
        foreach (var plugin in catalog.Versions.Where(p => p.FromFolder && text.Contains(p.Id, StringComparison.Ordinal)))
            plugin.SaveTo(Path.Combine(run, "plugins"));
        return (path, value);
    }

    /// <summary>Whether a run folder keeps a plugin.</summary>
    public static bool Kept(string run, string name) => Path.Combine(run, "plugins") is var kept && Directory.Exists(kept)
        && Directory.EnumerateDirectories(kept,
            name.Contains('@', StringComparison.Ordinal) ? name.Replace('@', '-') : name + "-????????????????").Any();

    private static string TryId(PluginCatalog catalog, PluginKind kind, string name) =>
        catalog.Versions.Any(p => p.Kind == kind && (p.Name == name || p.Id == name)) ? Id(catalog, kind, name) : name;

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
        if (RecipeValidator.IsAuto(kind, name))
            return name;
        var info = catalog.Find(kind, name);
        return info.FromFolder ? info.Id : name;
    }
}
