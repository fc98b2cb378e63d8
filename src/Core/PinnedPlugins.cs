using MoELab.Plugins;

namespace MoELab;

/// <summary>
/// Pins a recipe to the plugins available now: its folder plugins are named as <c>name@hash</c>, together with the folders that
/// another process loads to find them. A plain name may later refer to another version; the run keeps its own.
/// </summary>
internal static class PinnedPlugins
{
    /// <summary>The recipe with every folder plugin named by its hash, including those in scheduled changes.</summary>
    /// <exception cref="InputException">No such plugin.</exception>
    public static Recipe Pin(Recipe recipe, PluginCatalog catalog)
    {
        var pinned = PluginSlot.All.Aggregate(recipe, (r, slot) => slot.Map(r, choice => choice with { Name = Id(catalog, slot, choice.Name) }));
        JsonNode? Scheduled(string path, JsonNode? value) =>
            PluginSlot.Find(path) is { IsSingle: true } slot ? Named(value, name => Id(catalog, slot, name)) : value;
        // Read again, because C# may have put values into the records that no binder has seen.
        return Recipe.FromTree((pinned with
        {
            Schedule = [.. recipe.Schedule.Select(c => c with { Set = c.Set.ToDictionary(s => s.Key, s => Scheduled(s.Key, s.Value)) })],
        }).ToTree());
    }

    public static IReadOnlyList<string> Folders(Recipe recipe, PluginCatalog catalog)
    {
        var words = RecipeTree.Leaves(recipe.ToTree(), "").SelectMany(l => new[] { l.Value, l.Path }).ToArray();
        return [.. catalog.Versions.Where(p => p.FromFolder && words.Any(w => w.Contains(p.Id, StringComparison.Ordinal)))
            .Select(p => Path.GetFullPath(p.Source)).Distinct()];
    }

    /// <summary>
    /// A change to a run, with every folder plugin named by its hash and copied into the run folder, so that the process that trains it
    /// finds exactly these versions. A name that only the run itself knows is not changed.
    /// </summary>
    /// <exception cref="InputException">No such plugin here or in the run folder, or it cannot be copied.</exception>
    public static (string Path, JsonNode? Value) PinChange(string run, Recipe current, string path, JsonNode? value, PluginCatalog catalog)
    {
        var parts = path.Split('.');
        if (PluginSlot.Find(parts[0]) is { } slot)
        {
            string Known(string name) =>
                Kept(run, name) && catalog.Version(PluginRules.KindOf(slot), name) is null ? name : Id(catalog, slot, name);
            string KeyOf(string name) => slot.Of(current).Select(c => c.Name).FirstOrDefault(k => k.Split('@')[0] == name) ?? Known(name);
            if ((slot.IsSingle && (parts.Length == 1 || parts is [_, "name"]))
                || parts is ["optimizer", "groups", ..] || (slot == PluginSlot.Optimizer && parts.Length == 1 && value is JsonValue))
                value = Named(value, Known);
            else if (!slot.IsSingle && parts.Length > 1)
                path = string.Join('.', [parts[0], KeyOf(parts[1]), .. parts[2..]]);
            else if (slot == PluginSlot.Losses && value is JsonObject losses)
                value = new JsonObject(losses.Select(l =>
                    KeyValuePair.Create(l.Key == RecipeEdit.ResetKey ? l.Key : KeyOf(l.Key), l.Value?.DeepClone())));
        }
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

    /// <summary>Whether a run folder contains a copy of a plugin.</summary>
    public static bool Kept(string run, string name) => Path.Combine(run, "plugins") is var kept && Directory.Exists(kept)
        && Directory.EnumerateDirectories(kept,
            name.Contains('@', StringComparison.Ordinal) ? name.Replace('@', '-') : name + "-????????????????").Any();

    // A plugin's name, or the one in its map, replaced.
    private static JsonNode? Named(JsonNode? node, Func<string, string> id)
    {
        if (node is not JsonObject map || map["name"] is not JsonValue name)
            return node is JsonValue word ? JsonValue.Create(id(word.ToString())) : node;
        var copy = (JsonObject)map.DeepClone();
        copy["name"] = id(name.ToString());
        return copy;
    }

    private static string Id(PluginCatalog catalog, PluginSlot slot, string name) =>
        !slot.IsAuto(name) && catalog.Find(PluginRules.KindOf(slot), name) is { FromFolder: true } info ? info.Id : name;
}
