using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training.Steps;

namespace MoELab.Training;

/// <summary>
/// What happens between two steps: the recipe's scheduled changes and the inbox's commands, applied and acknowledged. After a
/// restart, changes that were acknowledged for a later step than the checkpoint's are applied at that step again.
/// </summary>
internal sealed class StepBoundary
{
    // Messages are read by people: "MaxVio > 2", not its escape.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _run;
    private readonly EventLog _events;
    private readonly List<InboxCommand> _replay = [];
    private readonly HashSet<string> _done = [], _scheduled = [], _unread = [];
    private int _last;

    /// <summary>For a run that continues after the last step, which is 0 at a fresh start.</summary>
    public StepBoundary(string run, EventLog events, int lastStep)
    {
        (_run, _events, _last) = (run, events, lastStep);
        var commands = Inbox.Read(run).ToDictionary(c => c.Id);
        foreach (var happened in new EventReader(Path.Combine(run, LogFile.Events)).Whole())
        {
            // A row that is not a command was rejected before the restart.
            if (happened.Kind == EventKind.Refused)
                _unread.Add(happened.Message);
            if (happened.Kind != EventKind.Ack || happened.Data?["id"]?.ToString() is not { } id || !_done.Add(id))
                continue;
            if (commands.TryGetValue(id, out var command) && command is { Kind: CommandKind.Set, Path: not null } && happened.Data["refused"] is null
                && happened.Data["before_step"] is JsonValue before && before.TryGetValue<int>(out var applied) && applied > lastStep)
                _replay.Add(command with { AtStep = applied });
        }
    }

    /// <summary>Whether a stop was asked for.</summary>
    public bool Stop { get; private set; }

    /// <summary>Whether the run is paused.</summary>
    public bool Paused { get; set; }

    /// <summary>Whether a checkpoint was asked for.</summary>
    public bool Checkpoint { get; set; }

    /// <summary>Applies what is due before <paramref name="step"/>.</summary>
    public void Apply(int step, TrainingParts parts)
    {
        foreach (var change in Due(step, parts))
        {
            foreach (var (path, value) in change.Set)
                Set(step, path, value, parts, "schedule");
        }
        foreach (var command in _replay.Where(c => c.AtStep == step))
            Set(step, command.Path!, command.Value, parts, "replayed from the inbox");
        foreach (var command in Inbox.Read(_run, sentence => Refuse(step, sentence)).Where(c => !_done.Contains(c.Id) && c.AtStep <= step))
        {
            _done.Add(command.Id);
            Execute(step, command, parts);
        }
    }

    // Another program's unreadable row must not end a training; it is reported once.
    private void Refuse(int step, string sentence)
    {
        if (_unread.Add(sentence))
            _events.Write(step - 1, EventKind.Refused, sentence);
    }

    // A change is due once, at the first step that reaches it; one that the steps before had reached when it was first seen (after a
    // resume, or in a schedule that came later) is past.
    private List<ScheduledChange> Due(int step, TrainingParts parts)
    {
        var due = new List<ScheduledChange>();
        foreach (var (i, change) in parts.Recipe.Schedule.Index())
        {
            var key = $"{i} {change.Step} {new JsonObject(change.Set.Select(s => KeyValuePair.Create(s.Key, s.Value?.DeepClone()))).ToJsonString()}";
            if (_scheduled.Contains(key) || !parts.Timeline.Reached(change.Step, step))
                continue;
            _scheduled.Add(key);
            if (_last == 0 || !parts.Timeline.Reached(change.Step, _last))
                due.Add(change);
        }
        _last = step;
        return due;
    }

    private void Execute(int step, InboxCommand command, TrainingParts parts)
    {
        string? refused = null;
        switch (command.Kind)
        {
            case CommandKind.Stop:
                Stop = true;
                break;
            case CommandKind.Pause:
                Paused = true;
                break;
            case CommandKind.Continue:
                Paused = false;
                break;
            case CommandKind.Checkpoint:
                Checkpoint = true;
                break;
            case CommandKind.Set when command.Path is { } path:
                refused = Set(step, path, command.Value, parts, "inbox");
                break;
            default:
                refused = $"unknown command '{command.Word}'";
                break;
        }
        var data = new JsonObject { ["id"] = command.Id, ["command"] = command.Word, ["before_step"] = step };
        if (refused is not null)
            data["refused"] = refused;
        _events.Write(step - 1, EventKind.Ack, refused is null ? $"{command.Word} applied before step {step}" : $"{command.Word} refused: {refused}",
            data);
    }

    // A plugin with options reads "smebu (kappa 3)".
    private static string Words(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject o when o["name"] is JsonValue text && text.TryGetValue<string>(out var name) => o.Count == 1 ? name
            : $"{name} ({string.Join(", ", o.Where(p => p.Key != "name").Select(p => $"{p.Key} {p.Value?.ToJsonString(Readable) ?? "null"}"))})",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => v.GetValue<string>(),
        _ => value.ToJsonString(Readable),
    };

    private string? Set(int step, string path, JsonNode? value, TrainingParts parts, string origin)
    {
        try
        {
            var next = parts.After(path, value, _run);
            var beside = parts.Beside(next.Recipe, path, value);
            var notes = parts.Change(next, _run, step).ToList();
            if (RecipeChange.Sentence(beside) is { } also)
                notes.Add(also);
            var kind = path is "balancer" or "router" ? EventKind.Swap : EventKind.Set;
            _events.Write(step - 1, kind, $"{path} = {Words(value)} from step {step} "
                + $"({origin}){(notes.Count == 0 ? "" : $": {string.Join("; ", notes)}")}",
                new JsonObject
                {
                    ["path"] = path,
                    ["value"] = value?.DeepClone(),
                    ["from_step"] = step,
                    ["also"] = beside.Count == 0 ? null : new JsonObject(beside.Select(d => KeyValuePair.Create(d.Path, (JsonNode?)d.Right))),
                });
            return null;
        }
        catch (MoELabException e)
        {
            _events.Write(step - 1, EventKind.Refused, $"{path} was not changed: {e.Message}");
            return e.Message;
        }
    }
}
