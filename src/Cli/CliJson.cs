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
    /// <exception cref="RecipeException">No such file, or not JSON.</exception>
    public static JsonNode Read(string path)
    {
        if (!File.Exists(path))
            throw new RecipeException(Directory.Exists(path) ? $"{path}: is a folder; expected a JSON file" : $"{path}: no such file");
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) ?? throw new RecipeException($"{path}: holds null; expected an object or an array");
        }
        catch (JsonException e)
        {
            throw new RecipeException($"{path}: not JSON at line {(e.LineNumber ?? 0) + 1}; {e.Message}", e);
        }
    }

    /// <summary>Writes a JSON file whole into a folder that exists: beside, then renamed, so that a reader never sees half of it.</summary>
    public static void Write(string path, JsonNode document)
    {
        var beside = path + ".tmp";
        File.WriteAllText(beside, document.ToJsonString());
        File.Move(beside, path, overwrite: true);
    }
}
