using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoELab.Recipes.Options;

/// <summary>
/// Which optimizer moves which parameters. The default is Trinity's split: Muon on hidden matrices, experts and the
/// router, AdamW on embedding, head and vectors.
/// </summary>
/// <param name="Groups">
/// Role (<c>hidden</c>, <c>experts</c>, <c>router</c>, <c>embedding</c>, <c>head</c>, <c>vectors</c>) to optimizer name. A key with a <c>*</c>
/// is a pattern of parameter names, such as <c>model.layers.3.self_attn.*</c>, and comes before the role.
/// </param>
/// <param name="Options">Optimizer name to its options as data.</param>
[JsonConverter(typeof(Converter))]
public sealed record OptimizerRecipe(IReadOnlyDictionary<string, string> Groups, IReadOnlyDictionary<string, JsonObject> Options)
{
    private const string Expected = "an optimizer's name, or groups and options";

    /// <summary>Trinity's split with default options.</summary>
    public OptimizerRecipe() : this(TrinitySplit, new Dictionary<string, JsonObject>()) { }

    /// <summary>Muon on hidden matrices, experts and the router; AdamW on the rest.</summary>
    public static IReadOnlyDictionary<string, string> TrinitySplit { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["embedding"] = "adamw",
        ["experts"] = "muon",
        ["head"] = "adamw",
        ["hidden"] = "muon",
        ["router"] = "muon",
        ["vectors"] = "adamw",
    };

    /// <summary>The distinct optimizers with their options.</summary>
    [JsonIgnore]
    public IReadOnlyList<PluginChoice> Choices => [.. Groups.Values.Distinct().Order(StringComparer.Ordinal)
        .Select(name => new PluginChoice(name, Options.TryGetValue(name, out var o) ? o : []))];

    /// <summary>Whether a key of <see cref="Groups"/> is a pattern of parameter names and not a role.</summary>
    internal static bool IsPattern(string key) => key.Contains('*', StringComparison.Ordinal);

    /// <summary>One optimizer's name, or roles with an optimizer each and options by name.</summary>
    internal static OptimizerRecipe Read(JsonNode? node)
    {
        var groups = new SortedDictionary<string, string>(TrinitySplit.ToDictionary(), StringComparer.Ordinal);
        var options = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        if (node is JsonValue)
        {
            foreach (var role in TrinitySplit.Keys)
                groups[role] = Shape.Word(node, "optimizer", Expected);
            return new OptimizerRecipe(groups, options);
        }
        foreach (var (key, value) in Shape.Map(node, "optimizer", Expected))
        {
            if (key != "groups")
                options[key] = Shape.Copy(Shape.Map(value, $"optimizer.{key}", $"the options of the optimizer '{key}'"));
            else
                foreach (var (role, name) in Shape.Map(value, "optimizer.groups", "roles with an optimizer each"))
                    groups[Role(role)] = Shape.Word(name, $"optimizer.groups.{role}", "an optimizer's name");
        }
        return new OptimizerRecipe(groups, options);
    }

    private static string Role(string word) => TrinitySplit.ContainsKey(word) || IsPattern(word) ? word
        : throw new InputException($"optimizer.groups.{word}: unknown role{Names.Hint(word, [.. TrinitySplit.Keys])}");

    private sealed class Converter : JsonConverter<OptimizerRecipe>
    {
        public override OptimizerRecipe Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            OptimizerRecipe.Read(JsonNode.Parse(ref reader));

        public override void Write(Utf8JsonWriter writer, OptimizerRecipe value, JsonSerializerOptions options)
        {
            var node = new JsonObject { ["groups"] = JsonSerializer.SerializeToNode(value.Groups) };
            foreach (var (name, data) in value.Options.OrderBy(p => p.Key, StringComparer.Ordinal))
                node[name] = data.DeepClone();
            node.WriteTo(writer, options);
        }
    }
}
