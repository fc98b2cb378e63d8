using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>JSON in and out of commands.</summary>
internal static class CliJson
{
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a JSON file that a user named.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="expected">What should be there.</param>
    /// <exception cref="RecipeException">No such file, or not JSON.</exception>
    public static JsonField Read(string path, string expected) => InputJson.Read(path, expected);

    /// <summary>Writes a JSON file whole into a folder that exists: beside, then renamed, so that a reader never sees half of it.</summary>
    public static void Write(string path, JsonNode document)
    {
        var beside = path + ".tmp";
        File.WriteAllText(beside, document.ToJsonString());
        File.Move(beside, path, overwrite: true);
    }
}
