using System.Text.Json;

namespace MoELab.Recipes;

/// <summary>
/// One change to a recipe as data. A value that names a plugin with options is merged into what is there: options of a plugin that
/// stays are kept, another plugin starts from its defaults, and <c>reset: true</c> lets a plugin that stays start from them too.
/// </summary>
internal static class RecipeEdit
{
    /// <summary>The key that drops every option not named with it.</summary>
    public const string ResetKey = "reset";

    private static readonly string[] FixedSections = ["model", "data", "training"];

    /// <summary>A copy of the tree with one path changed.</summary>
    public static JsonObject Set(JsonObject tree, IReadOnlyList<string> keys, JsonNode? value)
    {
        var copy = (JsonObject)tree.DeepClone();
        var section = keys[0];
        if (PluginSlot.IsSingleAt(section))
            copy[section] = Plugin(copy[section], keys, value);
        else if (section == "optimizer" && keys.Count == 1 && Word(value) is { } optimizer)
            copy[section] = OneOptimizer(Optimizers(copy[section]?.DeepClone()), optimizer);
        else if (section is "optimizer" or "losses" && keys.Count == 1 && value is not JsonObject)
            copy[section] = value?.DeepClone();
        else if (section == "optimizer")
            copy[section] = Named(Optimizers(copy[section]?.DeepClone()), keys, value, keepsOthers: true);
        else if (section == "losses")
            copy[section] = Named(copy[section]?.DeepClone(), keys, value, keepsOthers: false);
        else if (keys.Count == 1 && FixedSections.Contains(section) && value is JsonObject map && copy[section] is JsonObject there)
            foreach (var (key, inner) in map)
                there[key] = inner?.DeepClone();
        else
            Walk(copy, keys, keys.Count - 1)[keys[^1]] = value?.DeepClone();
        return copy;
    }

    /// <summary>The paths of the values that a change names, as <see cref="RecipeTree.Leaves"/> spells them.</summary>
    public static IEnumerable<string> Names(string path, JsonNode? value) => value switch
    {
        _ when PluginSlot.IsSingleAt(path) && Word(value) is not null => [path + ".name"],
        _ when path == "optimizer" && Word(value) is not null => OptimizerRecipe.TrinitySplit.Keys.Select(role => $"optimizer.groups.{role}"),
        JsonObject map when map.Count > 0 => map.SelectMany(p => Names(OptionsBinder.Join(path, p.Key), p.Value)),
        _ => [path],
    };

    /// <summary>Takes every <c>reset</c> out of a recipe that starts from nothing, where it has nothing to do.</summary>
    public static void DropResets(JsonObject tree)
    {
        foreach (var section in tree.Where(p => PluginSlot.Find(p.Key) is not null).Select(p => p.Value).OfType<JsonObject>())
        {
            TakeReset(section, "");
            foreach (var options in section.Select(p => p.Value).OfType<JsonObject>().ToArray())
                TakeReset(options, "");
        }
    }

    private static JsonNode? Plugin(JsonNode? node, IReadOnlyList<string> keys, JsonNode? value)
    {
        if (keys.Count == 1 && value is not JsonObject && Word(value) is null)
            return value?.DeepClone();
        var current = node as JsonObject ?? (Word(node) is { } only ? new JsonObject { ["name"] = only } : []);
        var map = keys.Count > 1 ? Wrap(keys, value) : value as JsonObject ?? new JsonObject { ["name"] = Word(value) };
        var stays = Word(map["name"]) is not { } name || Word(current["name"]) is not { } before || Bare(name) == Bare(before);
        // A plain name means the plugin that is there, whichever version it is.
        var kept = stays && Word(map["name"]) is { } plain && plain == Bare(plain) ? Word(current["name"]) : null;
        var laid = stays ? (JsonObject)current.DeepClone() : [];
        if (TakeReset(map = (JsonObject)map.DeepClone(), keys[0]))
            laid = laid["name"] is { } named ? new JsonObject { ["name"] = named.DeepClone() } : [];
        Lay(laid, map);
        if (kept is not null)
            laid["name"] = kept;
        return laid.Count == 1 && Word(laid["name"]) is { } alone && node is not JsonObject ? JsonValue.Create(alone) : laid;
    }

    private static JsonObject Named(JsonNode? node, IReadOnlyList<string> keys, JsonNode? value, bool keepsOthers)
    {
        var section = node as JsonObject ?? [];
        if (keys.Count == 1)
        {
            var map = (JsonObject)value!.DeepClone();
            if (TakeReset(map, keys[0]) || (map.Count == 0 && !keepsOthers))
                section = [];
            foreach (var (name, options) in map)
                section = Named(section, [keys[0], name], options, keepsOthers);
            return section;
        }
        var at = keys[1];
        if (keys.Count == 2 && value is not JsonObject)
        {
            if (value is null)
                section.Remove(at);
            else
                section[at] = value.DeepClone();
            return section;
        }
        if (section[at] is not (null or JsonObject))
            throw NoKeys(keys, section[at]!, at);
        var change = (JsonObject)(keys.Count > 2 ? Wrap(keys.Skip(1).ToArray(), value) : (JsonObject)value!).DeepClone();
        var laid = section[at] as JsonObject ?? [];
        if (at != "groups" && TakeReset(change, $"{keys[0]}.{at}"))
            laid = [];
        Lay(laid, change);
        if (laid.Parent is null)
            section[at] = laid;
        return section;
    }

    private static JsonObject Optimizers(JsonNode? node) => node as JsonObject ?? (Word(node) is { } one ? OneOptimizer([], one) : []);

    // Optimizers that move nothing any more take their options with them.
    private static JsonObject OneOptimizer(JsonObject before, string name)
    {
        var held = (before["groups"] as JsonObject)?.Select(g => Word(g.Value)).FirstOrDefault(g => g is not null && Bare(g) == Bare(name));
        var stays = name == Bare(name) ? held ?? name : name;
        var groups = OptimizerRecipe.TrinitySplit.Keys.Select(role => KeyValuePair.Create(role, (JsonNode?)stays));
        var after = new JsonObject { ["groups"] = new JsonObject(groups) };
        if (before[stays] is JsonObject options)
            after[stays] = options.DeepClone();
        return after;
    }

    private static void Lay(JsonObject over, JsonObject map)
    {
        foreach (var (key, value) in map)
        {
            if (value is null)
                over.Remove(key);
            else
                over[key] = value.DeepClone();
        }
    }

    private static bool TakeReset(JsonObject map, string where)
    {
        if (!map.TryGetPropertyValue(ResetKey, out var reset))
            return false;
        if (reset?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
            throw Shape.Misfit(reset, OptionsBinder.Join(where, ResetKey), "true or false");
        map.Remove(ResetKey);
        return reset.GetValue<bool>();
    }

    private static JsonObject Walk(JsonObject node, IReadOnlyList<string> keys, int depth)
    {
        foreach (var key in keys.Take(depth))
        {
            if (node[key] is null)
                node[key] = new JsonObject();
            node = node[key] as JsonObject ?? throw NoKeys(keys, node[key]!, key);
        }
        return node;
    }

    // kappa and 3 as { kappa: 3 }; deeper paths lead through options that have no keys.
    private static JsonObject Wrap(IReadOnlyList<string> keys, JsonNode? value) => keys.Count == 2
        ? new JsonObject { [keys[1]] = value?.DeepClone() }
        : throw new InputException($"{string.Join('.', keys)}: '{keys[1]}' is an option, which has no keys");

    private static InputException NoKeys(IReadOnlyList<string> keys, JsonNode node, string key) =>
        new($"{string.Join('.', keys)}: '{key}' is {Shape.Quote(node)}, which has no keys");

    private static string? Word(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static string Bare(string name) => name.Split('@')[0];
}
