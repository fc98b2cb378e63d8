using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Cli;

/// <summary>Reads and writes the JSON files of commands.</summary>
internal static class CliJson
{
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a JSON file named by the user.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="expected">What the file should contain, for error messages.</param>
    /// <exception cref="InputException">The file does not exist or is not JSON.</exception>
    public static JsonField Read(string path, string expected) => InputJson.Read(path, expected);

    /// <summary>
    /// Writes a JSON file into an existing folder: to a temporary name first, then renamed, so that a reader never sees half of it.
    /// </summary>
    public static void Write(string path, JsonNode document)
    {
        var beside = path + ".tmp";
        File.WriteAllText(beside, document.ToJsonString());
        File.Move(beside, path, overwrite: true);
    }
}
