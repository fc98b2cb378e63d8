using System.Text.Json;
using MoELab.Recipes.Input;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MoELab.Recipes;

/// <summary>Recipes as YAML text.</summary>
public static class RecipeYaml
{
    /// <summary>Recipes that may start from one another.</summary>
    internal const int MostStarts = 16;

    /// <summary>Loads a preset by name, or a YAML file by path. A file may start from another with <c>recipe: NAME</c>.</summary>
    /// <exception cref="InputException">No such preset and no such file, or the text cannot be used.</exception>
    public static Recipe Load(string nameOrPath) => Load(nameOrPath, "", 0);

    /// <summary>The same, with paths relative to a folder.</summary>
    internal static Recipe Load(string nameOrPath, string folder) => Load(nameOrPath, folder, 0);

    private static Recipe Load(string nameOrPath, string folder, int depth)
    {
        if (Presets.TryGet(nameOrPath, out var preset))
            return preset;
        var file = Path.Combine(folder, nameOrPath);
        if (depth >= MostStarts)
            throw new InputException($"recipe '{nameOrPath}': more than {MostStarts} files that start from one another, "
                + "or one that starts from itself; expected a chain that ends");
        if (!File.Exists(file))
            throw new InputException($"recipe '{nameOrPath}': no such preset and no such file{Names.Hint(nameOrPath, [.. Presets.Names])}");
        var text = InputFile.ReadText(file, BoundedYaml.MostBytes, "a recipe");
        if (string.IsNullOrWhiteSpace(text))
            throw new InputException($"{file}: is empty; expected a recipe");
        try
        {
            return Parse(text, Path.GetDirectoryName(file) ?? "", depth);
        }
        catch (InputException e) when (depth == 0)
        {
            throw new InputException($"{nameOrPath}: {e.Message}", e);
        }
    }

    /// <summary>Reads a recipe from YAML text.</summary>
    /// <exception cref="InputException">Not YAML, or not a recipe.</exception>
    public static Recipe Parse(string yaml) => Parse(yaml, "", 0);

    private static Recipe Parse(string yaml, string folder, int depth)
    {
        if (ParseTree(yaml) is not JsonObject tree)
            throw new InputException("a recipe is keys and values; found a single value");
        return Merge(tree, start => Load(start, folder, depth + 1));
    }

    /// <summary>A recipe from data that may start from another with <c>recipe: NAME</c>.</summary>
    internal static Recipe Merge(JsonObject tree, Func<string, Recipe> named)
    {
        tree = Nested(tree);
        if (!tree.Remove("recipe", out var start))
        {
            RecipeEdit.DropResets(tree);
            return RecipeTree.Bind(tree);
        }
        var from = named(Shape.Word(start, "recipe", "a preset's name or a file"));
        var (merged, origin) = (from.ToTree(), new RecipeOrigin(from, []));
        foreach (var (keys, value) in Changes(tree, []))
        {
            merged = RecipeEdit.Set(merged, keys, value);
            origin = origin.Then(string.Join('.', keys), value);
        }
        return RecipeTree.Bind(merged) with { Origin = origin };
    }

    /// <summary>A copy in which <c>balancer.kappa: 3</c> at the top, as <c>--set</c> writes it, is <c>balancer: { kappa: 3 }</c>.</summary>
    /// <exception cref="InputException">A value is given twice.</exception>
    internal static JsonObject Nested(JsonObject tree)
    {
        var nested = new JsonObject();
        foreach (var (key, value) in tree)
            // What begins with nothing like a section stays whole, so that the message about it does.
            Lay(nested, key.Split('.') is [var section, _, ..] keys && Names.Nearest(section, Sections) is not null ? keys : [key], value, key);
        return nested;
    }

    private static readonly string[] Sections = [.. OptionsBinder.Properties(typeof(Recipe)).Select(OptionsBinder.Key)];

    private static void Lay(JsonObject into, string[] keys, JsonNode? value, string path)
    {
        if (keys.Length > 1)
        {
            // The short form of a plugin: its name alone.
            if (into[keys[0]] is JsonValue name && PluginSlot.IsSingleAt(keys[0]))
                into[keys[0]] = new JsonObject { ["name"] = name.DeepClone() };
            if (!into.ContainsKey(keys[0]))
                into[keys[0]] = new JsonObject();
            if (into[keys[0]] is not JsonObject inner)
                throw new InputException($"{path}: '{keys[0]}' has a value already; expected one of them");
            Lay(inner, keys[1..], value, path);
        }
        else if (into[keys[0]] is JsonObject there && value is JsonObject more)
            foreach (var (key, to) in more)
                Lay(there, [key], to, OptionsBinder.Join(path, key));
        else if (into[keys[0]] is JsonObject plugin && PluginSlot.IsSingleAt(path) && value is JsonValue)
            Lay(plugin, ["name"], value, path);
        else if (!into.TryAdd(keys[0], value?.DeepClone()))
            throw new InputException($"{path}: given twice; expected it once");
    }

    /// <summary>Writes a tree as YAML.</summary>
    public static string Write(JsonObject tree)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        new YamlStream(new YamlDocument(ToYaml(tree))).Save(text, assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    /// <summary>Reads one value as YAML reads it: <c>3</c> is a number, <c>true</c> a truth value, <c>{ a: 1 }</c> a map.</summary>
    public static JsonNode? ParseValue(string text) => string.IsNullOrWhiteSpace(text) ? null : ParseTree(text);

    // Plugins with their options are merged into those that are there as one change; every other map is merged key by key.
    private static IEnumerable<(string[] Keys, JsonNode? Value)> Changes(JsonObject tree, string[] path) =>
        tree.SelectMany(p => p.Value is JsonObject { Count: > 0 } inner && !(path.Length == 0 && PluginSlot.Find(p.Key) is not null)
            ? Changes(inner, [.. path, p.Key])
            : [([.. path, p.Key], p.Value)]);

    /// <summary>YAML as data.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="expected">What the text should be, for messages.</param>
    /// <exception cref="InputException">Not YAML, or more than one document.</exception>
    internal static JsonNode? ParseTree(string yaml, string expected = "a recipe")
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new BoundedYaml(new StringReader(yaml)));
        }
        catch (YamlException e)
        {
            const string twice = "Duplicate key ";
            var why = e.Message.StartsWith(twice, StringComparison.Ordinal)
                ? $"the key '{e.Message[twice.Length..]}' occurs twice, here for the second time"
                : e.Message.ReplaceLineEndings(" ");
            throw new InputException($"not YAML at line {e.Start.Line}, column {e.Start.Column}: {why}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the library throws at some broken flow lists has no place.
            throw new InputException($"not YAML ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})", e);
        }
        if (stream.Documents.Count > 1)
            throw new InputException($"{expected} is one YAML document; found several");
        return stream.Documents.Count == 0 ? new JsonObject() : ToJson(stream.Documents[0].RootNode);
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => ToMap(map),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: not (ScalarStyle.Plain or ScalarStyle.Any) } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode scalar => Scalar(scalar.Value ?? ""),
        _ => throw new InputException($"line {node.Start.Line}: expected a value, a list or a map"),
    };

    private static JsonObject ToMap(YamlMappingNode map)
    {
        var tree = new JsonObject();
        foreach (var (node, value) in map.Children)
        {
            // To the library, keys that differ in a tag alone are two.
            if (!tree.TryAdd(Key(node), ToJson(value)))
                throw new InputException($"line {node.Start.Line}: the key '{Key(node)}' occurs twice, here for the second time");
        }
        return tree;
    }

    private static string Key(YamlNode node) => node is YamlScalarNode { Value: { } key } ? key
        : throw new InputException($"line {node.Start.Line}: expected a key, not a list or a map");

    private static JsonNode? Scalar(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) =>
            JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static YamlNode ToYaml(JsonNode? node) => node switch
    {
        JsonObject o => new YamlMappingNode(o.Select(p => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(p.Key), ToYaml(p.Value)))),
        JsonArray a => new YamlSequenceNode(a.Select(ToYaml)),
        null => new YamlScalarNode("null"),
        _ when node.GetValueKind() == JsonValueKind.String => Quoted(node.GetValue<string>()),
        _ => new YamlScalarNode(node.ToJsonString()),
    };

    // Text that would read back as something else must be quoted.
    private static YamlScalarNode Quoted(string text) =>
        new(text) { Style = Scalar(text)?.GetValueKind() == JsonValueKind.String ? ScalarStyle.Any : ScalarStyle.DoubleQuoted };
}
