using System.Text.Json;

namespace MoELab.Query;

/// <summary>The metrics of a log by its first and its last rows, at the same cost however long it is.</summary>
internal static class MetricNames
{
    private const int Part = 1 << 16;

    /// <summary>Names, in the order of the rows; none of a log that is absent or cannot be read.</summary>
    public static IReadOnlyList<string> Of(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long[] parts = file.Length > Part ? [0, file.Length - Part] : [0];
            return [.. parts.SelectMany(at => Names(file, at)).Distinct(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Names(FileStream file, long from)
    {
        file.Position = from;
        var bytes = new byte[Part];
        var text = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, Part, throwOnEndOfStream: false));
        return text.Split('\n').SelectMany(Keys);
    }

    // The first and the last line of a part may be torn.
    private static IEnumerable<string> Keys(string line)
    {
        try
        {
            if (line.Length == 0)
                return [];
            using var row = JsonDocument.Parse(line);
            return row.RootElement.ValueKind == JsonValueKind.Object
                ? [.. row.RootElement.EnumerateObject().Where(p => p.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Null)
                    .Select(p => p.Name)] : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }
}
