using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoELab.Recipes;

/// <summary>What a node of a recipe must be, said in one sentence where it is not.</summary>
internal static class Shape
{
    public static JsonObject Map(JsonNode? node, string where, string expected) => node as JsonObject ?? throw Misfit(node, where, expected);

    public static JsonArray List(JsonNode? node, string where, string expected) => node as JsonArray ?? throw Misfit(node, where, expected);

    public static string Word(JsonNode? node, string where, string expected) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw Misfit(node, where, expected);

    public static void Number(JsonNode? node, string where, string expected)
    {
        if (node?.GetValueKind() != JsonValueKind.Number)
            throw Misfit(node, where, expected);
    }

    /// <summary>A plugin's name, or a map with <c>name</c>.</summary>
    public static void Plugin(JsonNode? node, string where)
    {
        const string expected = "a plugin's name, or 'name' with the plugin's options";
        if (node is JsonObject map)
            Word(map["name"], $"{where}.name", expected);
        else
            Word(node, where, expected);
    }

    private static RecipeException Misfit(JsonNode? node, string where, string expected) =>
        new($"{where}: {node?.ToJsonString() ?? "null"} does not fit; expected {expected}");
}
