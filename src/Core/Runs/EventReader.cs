using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Runs;

/// <summary>Reads <c>events.jsonl</c>: every event in order; an absent file has none, a torn last line and damaged ones are passed over.</summary>
internal sealed class EventReader(string path)
{
    private readonly LogReader _log = new(path);
    private readonly List<RunEvent> _events = [];

    /// <summary>Every event so far.</summary>
    public IReadOnlyList<RunEvent> Events => _events;

    /// <summary>How far the run is by them.</summary>
    public RunState State { get; private set; } = new();

    /// <summary>Rows that are not what was written, which are left out.</summary>
    public IReadOnlyList<DamagedRow> Damaged => _log.Damaged;

    /// <summary>Counts up with whatever a refresh found.</summary>
    public int Changes => _log.Changes;

    /// <summary>Why the log cannot be read to its end; null where it can.</summary>
    public RecipeException? Refusal { get; private set; }

    /// <summary>Every event of a log as it is now.</summary>
    /// <exception cref="RecipeException">A row is longer than a log's may be.</exception>
    public static IReadOnlyList<RunEvent> Read(string path)
    {
        var reader = new EventReader(path);
        reader.Refresh();
        return reader.Refusal is { } refusal ? throw refusal : reader.Events;
    }

    /// <summary>Reads on.</summary>
    public void Refresh()
    {
        try
        {
            foreach (var (row, _, _) in _log.Read(Restart))
            {
                _events.Add(Parse(row));
                State.Take(_events[^1]);
            }
            Refusal = null;
        }
        catch (RecipeException e)
        {
            Refusal = e;
        }
    }

    private void Restart()
    {
        _events.Clear();
        State = new RunState();
    }

    private static RunEvent Parse(JsonElement row) => new(
        DateTimeOffset.TryParse(Text(row, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
        row.TryGetProperty("step", out var step) && step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out var number) ? number : 0,
        Text(row, "kind"),
        Text(row, "message"),
        row.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object ? JsonObject.Create(data) : null);

    private static string Text(JsonElement row, string key) =>
        row.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
