using System.Text.Json;
using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>Reads <c>events.jsonl</c>: every event in order; an absent file has none, a torn last line and damaged ones are passed over.</summary>
internal sealed class EventReader
{
    private readonly List<RunEvent> _events = [];

    public EventReader(string path)
    {
        Log = new LogReader(path);
        Refresh();
    }

    public LogReader Log { get; }

    /// <summary>Every event that can be read, whatever follows them.</summary>
    public IReadOnlyList<RunEvent> Events => _events;

    /// <summary>How far the run is by them.</summary>
    public RunState State { get; private set; } = new();

    /// <exception cref="InputException">The log could not be read to its end.</exception>
    public IReadOnlyList<RunEvent> Whole() => Log.Refusal is { } refusal ? throw refusal : _events;

    public void Refresh() => Log.ReadOn((row, _) => Take(row), Restart);

    private void Take(JsonElement row)
    {
        _events.Add(Parse(row));
        State.Take(_events[^1]);
    }

    private void Restart()
    {
        _events.Clear();
        State = new RunState();
    }

    private static RunEvent Parse(JsonElement row) => new(
        DateTimeOffset.TryParse(Text(row, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
        LogFile.Int32(row, "step") ?? 0,
        Text(row, "kind"),
        Text(row, "message"),
        row.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object ? JsonObject.Create(data) : null);

    private static string Text(JsonElement row, string key) =>
        row.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
