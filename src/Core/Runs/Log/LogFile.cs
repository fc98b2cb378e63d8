using System.Text.Json;
using System.Text.Unicode;

namespace MoELab.Runs.Log;

/// <summary>Reads <c>metrics.jsonl</c> and <c>events.jsonl</c> with their checksums; logs of older versions have none.</summary>
internal static class LogFile
{
    public const string Events = "events.jsonl";

    public const string Metrics = "metrics.jsonl";

    private const string NoRow = "it is not a row of this log";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly string[] EventKeys = ["time", "step", "kind", "message", "data"];

    /// <summary>Every whole row of a log that nobody writes now, each with its bytes and its number, without those that are damaged.</summary>
    public static IEnumerable<(JsonElement Row, ReadOnlyMemory<byte> Line, int Number)> Rows(string path) =>
        new LogReader(path, isStrict: true, IsSealed(path)).Read();

    /// <summary>Whether the rows carry checksums: every one does, or none.</summary>
    public static bool IsSealed(string path) => ByteLines.Read(path).Any(l => LogReader.IsSealedLine(l.Line.Span, l.Whole));

    /// <summary>What is wrong with a line; null if nothing is, or if its writer may not have finished it yet (<paramref name="torn"/>).</summary>
    public static string? Problem(ReadOnlyMemory<byte> line, bool whole, bool isSealed, string name, bool isStrict,
        out JsonElement? row, out bool torn)
    {
        (row, torn) = (null, false);
        string? problem;
        if (!isSealed)
        {
            row = Parse(line, name, isStrict, out problem);
            torn = row is null && !whole;
            if (row is { } old && HasStranger(old, name))
                (row, problem) = (null, NoRow);
            return torn ? null : problem;
        }
        problem = !LogLine.IsSealed(line.Span) ? "its checksum is missing" : LogLine.Holds(line.Span) ? null : "its checksum is wrong";
        if (problem is null)
        {
            row = Parse(line, name, isStrict, out problem);
            return problem;
        }
        if (whole)
            return problem;
        // What a writer that died leaves is a beginning, never a whole row and more.
        torn = !LogLine.Holds(line.Span[..^1]);
        row = torn ? null : Parse(line[..^1], name, isStrict, out _);
        return torn ? null : "its end of line is missing";
    }

    // The one row of a log whose checksum's key is damaged looks like a row of an older version but for this.
    private static bool HasStranger(JsonElement row, string name) => name == Events
        ? row.EnumerateObject().Any(p => !EventKeys.Contains(p.Name))
        : row.EnumerateObject().LastOrDefault() is { Value.ValueKind: JsonValueKind.String } last
            && last.Value.GetString() is { Length: 7 or 8 } text && text.Count(char.IsAsciiHexDigit) >= 6;

    // One line as a row, whatever its checksum.
    private static JsonElement? Parse(ReadOnlyMemory<byte> line, string name, bool isStrict, out string? problem)
    {
        problem = NoRow;
        // The parser looks into texts late, and not at all into some.
        if (!Utf8.IsValid(line.Span))
            return null;
        // Rows of metrics are many and read in bulk; a text of theirs can only be wrong where it has an escape.
        var isChecked = isStrict || name == Events || line.Span.Contains((byte)'\\');
        try
        {
            using var document = JsonDocument.Parse(line, isChecked ? Strict : default);
            var row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object)
                return null;
            if (isChecked)
                CheckTexts(line.Span);
            if (name == Metrics && Int32(row, "step") is not > 0)
            {
                problem = "its step is not a whole number from 1 up";
                return null;
            }
            problem = null;
            return row.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A key's value if it is a whole number of 32 bits.</summary>
    public static int? Int32(JsonElement row, string key) =>
        row.TryGetProperty(key, out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var value) ? value : null;

    // Throws where an escape is half of a surrogate pair.
    private static void CheckTexts(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                reader.GetString();
    }
}
