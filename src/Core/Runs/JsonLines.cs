using System.Text.Json;

namespace MoELab.Runs;

/// <summary>Reads a file of one JSON object per line while another process may be writing it.</summary>
internal static class JsonLines
{
    /// <summary>Every whole line that is a JSON object; a torn line (a writer that died, or is not done yet) is passed over.</summary>
    public static IEnumerable<JsonElement> Read(string path)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
            if (Parse(line) is { } row)
                yield return row;
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
