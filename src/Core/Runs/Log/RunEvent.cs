namespace MoELab.Runs.Log;

/// <summary>One event of a run: a line of <c>events.jsonl</c>.</summary>
/// <param name="Time">When it was written, null where the line has no time.</param>
/// <param name="Step">The step after which it happened, 0 before the first.</param>
/// <param name="Word">What happened, as the log writes it.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">What a program may want of it, null where there is nothing.</param>
public sealed record RunEvent(DateTimeOffset? Time, int Step, string Word, string Message, JsonObject? Data)
{
    /// <summary>What happened.</summary>
    public EventKind Kind { get; } = LogWords<EventKind>.Find(Word) ?? EventKind.Other;

    /// <summary>The recipe path that changed; null for other events.</summary>
    internal string? Path => Data?["path"]?.ToString();

    /// <summary>The balancer in force from now on; null for other events.</summary>
    internal string? NewBalancer => Kind != EventKind.Swap || Path != "balancer" ? null
        : Data!["value"] is JsonObject plugin ? plugin["name"]?.ToString() : Data["value"]?.ToString();
}
