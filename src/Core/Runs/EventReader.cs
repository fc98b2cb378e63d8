using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoELab.Runs;

/// <summary>One line of <c>events.jsonl</c> as a reader sees it.</summary>
/// <param name="Time">When it was written, null where the line has no time.</param>
/// <param name="Step">The optimizer step it belongs to, 0 before the first.</param>
/// <param name="Kind"><c>start</c>, <c>restart</c>, <c>checkpoint</c>, <c>swap</c>, <c>set</c>, <c>alert</c>, <c>ack</c>, <c>stop</c>, <c>finish</c>, <c>skip</c>, <c>config</c>, <c>term</c>.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">What a program may want of it, null where there is nothing.</param>
public sealed record LoggedEvent(DateTimeOffset? Time, int Step, string Kind, string Message, JsonObject? Data);

/// <summary>Reads <c>events.jsonl</c>.</summary>
public static class EventReader
{
    /// <summary>Every event in order; an absent file gives none, a torn last line and damaged ones are passed over.</summary>
    public static IReadOnlyList<LoggedEvent> Read(string path) => Read(path, []);

    /// <summary>The same, telling of damaged lines.</summary>
    internal static IReadOnlyList<LoggedEvent> Read(string path, ICollection<DamagedRow> damaged) => [.. LogFile.Read(path, damaged).Select(Parse)];

    /// <summary>One line; null, with the reason, where it is no event.</summary>
    internal static LoggedEvent? Parse(ReadOnlyMemory<byte> line, out string? problem) =>
        LogFile.Parse(line, LogFile.Events, isStrict: true, out problem) is { } row ? Parse(row) : null;

    private static LoggedEvent Parse(JsonElement row) => new(
        DateTimeOffset.TryParse(Text(row, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
        row.TryGetProperty("step", out var step) && step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out var number) ? number : 0,
        Text(row, "kind"),
        Text(row, "message"),
        row.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object ? JsonObject.Create(data) : null);

    private static string Text(JsonElement row, string key) =>
        row.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
