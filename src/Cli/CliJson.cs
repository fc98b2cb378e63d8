using System.Text.Encodings.Web;
using System.Text.Json;

namespace MoELab.Cli;

/// <summary>The JSON that commands write.</summary>
internal static class CliJson
{
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
