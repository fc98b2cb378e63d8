using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoELab.Recipes.Options;

/// <summary>A plugin by name with its options as data; the catalog turns it into an object.</summary>
/// <param name="Name">The plugin's kebab-case name.</param>
/// <param name="Options">Options that differ from the plugin's defaults.</param>
[JsonConverter(typeof(Converter))]
public sealed record PluginChoice(string Name, JsonObject Options)
{
    /// <summary>A plugin with its default options.</summary>
    public PluginChoice(string name) : this(name, []) { }

    /// <summary>A plugin with options from an anonymous object, a record or a dictionary.</summary>
    public static PluginChoice Of(string name, object options) => new(name, OptionsBinder.ToData(options));

    /// <inheritdoc/>
    public bool Equals(PluginChoice? other) => other is not null && Name == other.Name && JsonNode.DeepEquals(Options, other.Options);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>A plugin's name, or a map with <c>name</c> and its options.</summary>
    internal static PluginChoice Read(JsonNode? node, string where)
    {
        const string expected = "a plugin's name, or 'name' with the plugin's options";
        if (node is not JsonObject map)
            return new PluginChoice(Shape.Word(node, where, expected));
        var options = Shape.Copy(map);
        options.Remove("name", out var name);
        return new PluginChoice(Shape.Word(name, $"{where}.name", expected), options);
    }

    private sealed class Converter : JsonConverter<PluginChoice>
    {
        public override PluginChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            PluginChoice.Read(JsonNode.Parse(ref reader), "plugin");

        public override void Write(Utf8JsonWriter writer, PluginChoice value, JsonSerializerOptions options)
        {
            var node = new JsonObject { ["name"] = value.Name };
            foreach (var (key, option) in value.Options)
                node[key] = option?.DeepClone();
            node.WriteTo(writer, options);
        }
    }
}
