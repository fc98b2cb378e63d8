using System.Text;
using System.Text.Json;

namespace MoELab.Runs;

/// <summary>A file of one JSON object per line that several processes read and append to at once.</summary>
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

    /// <summary>Appends one line in one write; a torn line before it is ended first.</summary>
    public static void Append(string path, string json)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        stream.Seek(-Math.Min(1, stream.Length), SeekOrigin.End);
        var torn = stream.ReadByte() is not ('\n' or -1);
        stream.Write(Encoding.UTF8.GetBytes((torn ? "\n" : "") + json + "\n"));
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
