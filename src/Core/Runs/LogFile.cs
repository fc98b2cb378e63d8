using System.Text.Json;
using System.Text.Unicode;

namespace MoELab.Runs;

/// <summary>Reads <c>metrics.jsonl</c> and <c>events.jsonl</c> with their checksums; logs of older versions have none.</summary>
internal static class LogFile
{
    /// <summary>The log of what happened.</summary>
    public const string Events = "events.jsonl";

    /// <summary>The log of figures, one row per step.</summary>
    public const string Metrics = "metrics.jsonl";

    private const string NoRow = "it is no row of such a log";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly string[] EventKeys = ["time", "step", "kind", "message", "data"];

    /// <summary>Every whole row in order; a torn last line is passed over, a damaged one is told of.</summary>
    /// <param name="path">The file; an absent one has no rows.</param>
    /// <param name="damaged">Takes the damaged rows.</param>
    public static IEnumerable<JsonElement> Read(string path, ICollection<DamagedRow> damaged) => Rows(path, damaged).Select(r => r.Row);

    /// <summary>The same, each with its bytes and its number.</summary>
    /// <param name="path">The file; an absent one has no rows.</param>
    /// <param name="damaged">Takes the damaged rows.</param>
    /// <param name="isStrict">Whether a row of metrics with a key that stands twice is looked for here; who reads in bulk sees it by the values.</param>
    public static IEnumerable<(JsonElement Row, ReadOnlyMemory<byte> Line, int Number)> Rows(string path, ICollection<DamagedRow> damaged, bool isStrict = false)
    {
        var isSealed = IsSealed(path);
        var (number, step, name) = (0, 0, Path.GetFileName(path));
        foreach (var (line, whole) in ByteLines.Read(path))
        {
            number++;
            if (line.Length == 0)
                continue;
            var reason = Problem(line, whole, isSealed, name, isStrict, out var row, out var torn);
            if (torn)
                continue;
            if (reason is not null)
                damaged.Add(new DamagedRow(name, number, step, reason));
            if (row is not { } found)
                continue;
            if (found.TryGetProperty("step", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var value))
                step = value;
            yield return (found, line, number);
        }
    }

    /// <summary>Whether the rows carry checksums: every one does, or none.</summary>
    public static bool IsSealed(string path) => ByteLines.Read(path).Any(l => LogLine.IsSealed(l.Line.Span) || (!l.Whole && LogLine.IsSealed(l.Line.Span[..^1])));

    /// <summary>What is wrong with one whole line of a log that carries checksums; null where nothing is.</summary>
    public static string? Problem(ReadOnlyMemory<byte> line) =>
        !LogLine.IsSealed(line.Span) ? "its checksum is not there" : LogLine.Holds(line.Span) ? null : "its checksum does not fit";

    private static string? Problem(ReadOnlyMemory<byte> line, bool whole, bool isSealed, string name, bool isStrict, out JsonElement? row, out bool torn)
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
        problem = Problem(line);
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
        return torn ? null : "its end of line is not there";
    }

    // The one row of a log whose checksum's key is damaged looks like a row of an older version but for this.
    private static bool HasStranger(JsonElement row, string name) => name == Events
        ? row.EnumerateObject().Any(p => !EventKeys.Contains(p.Name))
        : row.EnumerateObject().LastOrDefault() is { Value.ValueKind: JsonValueKind.String } last && last.Value.GetString() is { Length: 7 or 8 } text && text.Count(char.IsAsciiHexDigit) >= 6;

    /// <summary>One line as a row, whatever its checksum; null, with the reason, where it is none.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="name">The log: its rows have steps, or are events.</param>
    /// <param name="isStrict">As <see cref="Rows"/> takes it.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static JsonElement? Parse(ReadOnlyMemory<byte> line, string name, bool isStrict, out string? problem)
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
                CheckTexts(row);
            if (name == Metrics && !(row.TryGetProperty("step", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var step) && step > 0))
            {
                problem = "its step is no whole number from 1";
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

    // Throws where an escape is half of a surrogate pair.
    private static void CheckTexts(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    CheckTexts(property.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    CheckTexts(item);
                break;
            case JsonValueKind.String:
                value.GetString();
                break;
        }
    }
}
