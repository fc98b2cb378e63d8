using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MoELab.Recipes.Options;

/// <summary>Checks of what a node of a recipe is, with a message if it is something else.</summary>
internal static class Shape
{
    public static JsonObject Map(JsonNode? node, string where, string expected) => node as JsonObject ?? throw Misfit(node, where, expected);

    public static string Word(JsonNode? node, string where, string expected) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw Misfit(node, where, expected);

    /// <summary>A copy whose numbers are text underneath, so that each can be asked for as whatever type it fits.</summary>
    [return: NotNullIfNotNull(nameof(node))]
    public static T? Copy<T>(T? node) where T : JsonNode => node is null ? null : (T?)JsonNode.Parse(node.ToJsonString());

    /// <summary>A node as an error quotes it.</summary>
    public static string Quote(JsonNode? node) => node?.ToJsonString(OptionsBinder.Json) ?? "null";

    public static InputException Misfit(JsonNode? node, string where, string expected) =>
        new($"{where}: {Quote(node)} is not valid; expected {expected}");
}
