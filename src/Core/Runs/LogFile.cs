using System.Text.Json;
using System.Text.Unicode;

namespace MoELab.Runs;

/// <summary>Reads <c>metrics.jsonl</c> and <c>events.jsonl</c> with their checksums; logs of older versions have none.</summary>
internal static class LogFile
{
    private static readonly string[] EventKeys = ["time", "step", "kind", "message", "data"];

    /// <summary>Every whole row in order; a torn last line is passed over, a damaged one is told of.</summary>
    /// <param name="path">The file; an absent one has no rows.</param>
    /// <param name="damaged">Takes the damaged rows.</param>
    public static IEnumerable<JsonElement> Read(string path, ICollection<DamagedRow> damaged) => Rows(path, damaged).Select(r => r.Row);

    /// <summary>The same, each with its bytes.</summary>
    public static IEnumerable<(JsonElement Row, ReadOnlyMemory<byte> Line)> Rows(string path, ICollection<DamagedRow> damaged)
    {
        var isSealed = IsSealed(path);
        var (number, step, name) = (0, 0, Path.GetFileName(path));
        foreach (var (line, whole) in ByteLines.Read(path))
        {
            number++;
            if (line.Length == 0)
                continue;
            var reason = Problem(line, whole, isSealed, name, out var row, out var torn);
            if (torn)
                continue;
            if (reason is not null)
                damaged.Add(new DamagedRow(name, number, step, reason));
            if (row is not { } found)
                continue;
            if (found.TryGetProperty("step", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var value))
                step = value;
            yield return (found, line);
        }
    }

    /// <summary>Whether the rows carry checksums: every one does, or none.</summary>
    public static bool IsSealed(string path) => ByteLines.Read(path).Any(l => LogLine.IsSealed(l.Line.Span) || (!l.Whole && LogLine.IsSealed(l.Line.Span[..^1])));

    /// <summary>What is wrong with one whole line of a log that carries checksums; null where nothing is.</summary>
    public static string? Problem(ReadOnlyMemory<byte> line) =>
        !LogLine.IsSealed(line.Span) ? "its checksum is not there" : LogLine.Holds(line.Span) ? null : "its checksum does not fit";

    private static string? Problem(ReadOnlyMemory<byte> line, bool whole, bool isSealed, string name, out JsonElement? row, out bool torn)
    {
        (row, torn) = (null, false);
        if (!isSealed)
        {
            row = Parse(line);
            torn = row is null && !whole;
            if (row is { } old && HasStranger(old, name))
                row = null;
            return row is null && !torn ? "it is no row of such a log" : null;
        }
        var problem = Problem(line);
        if (problem is null)
        {
            row = Parse(line);
            return row is null ? "it is no row of such a log" : null;
        }
        if (whole)
            return problem;
        // What a writer that died leaves is a beginning, never a whole row and more.
        torn = !LogLine.Holds(line.Span[..^1]);
        row = torn ? null : Parse(line[..^1]);
        return torn ? null : "its end of line is not there";
    }

    // The one row of a log whose checksum's key is damaged looks like a row of an older version but for this.
    private static bool HasStranger(JsonElement row, string name) => name == "events.jsonl"
        ? row.EnumerateObject().Any(p => !EventKeys.Contains(p.Name))
        : row.EnumerateObject().LastOrDefault() is { Value.ValueKind: JsonValueKind.String } last && last.Value.GetString() is { Length: 7 or 8 } text && text.Count(char.IsAsciiHexDigit) >= 6;

    private static JsonElement? Parse(ReadOnlyMemory<byte> line)
    {
        // The parser looks into texts late, and not at all into some.
        if (!Utf8.IsValid(line.Span))
            return null;
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
