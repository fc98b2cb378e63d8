using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Runs;

/// <summary>Appends to <c>events.jsonl</c>: what happened to a run beside its metrics.</summary>
public sealed class EventLog(string path)
{
    /// <summary>Raised after an event was written, on the writer's thread.</summary>
    public event Action<RunEvent>? Written;

    /// <summary>Appends an event.</summary>
    /// <param name="step">The step after which it happened, 0 before the first.</param>
    /// <param name="kind">config, start, restart, term, checkpoint, swap, set, refused, alert, ack, skip, note, pause, continue, stop, finish, error.</param>
    /// <param name="message">One sentence.</param>
    /// <param name="data">Details.</param>
    public void Write(int step, string kind, string message, JsonObject? data = null)
    {
        var node = new JsonObject
        {
            ["time"] = DateTimeOffset.UtcNow.ToString("O"),
            ["step"] = step,
            ["kind"] = kind,
            ["message"] = message,
        };
        if (data is not null)
            node["data"] = data.DeepClone();
        JsonLines.Append(path, node.ToJsonString(OptionsBinder.Json));
        Written?.Invoke(new RunEvent(step, kind, message, data));
    }
}

/// <summary>One event of a run.</summary>
/// <param name="Step">The step after which it happened, 0 before the first.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Data">Details.</param>
public sealed record RunEvent(int Step, string Kind, string Message, JsonObject? Data);
