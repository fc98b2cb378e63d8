using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Runs;

/// <summary>
/// <c>inbox.jsonl</c>: how any process talks to a running training. Commands are applied at the next step boundary (or at the
/// step that they name) and acknowledged as an event with the step.
/// </summary>
public static class Inbox
{
    /// <summary>The words that a run obeys.</summary>
    public static IReadOnlyList<string> Words { get; } = ["stop", "pause", "continue", "set", "checkpoint"];

    /// <summary>Appends a command.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="word">One of <see cref="Words"/>.</param>
    /// <param name="path">For <c>set</c>: the recipe path.</param>
    /// <param name="value">For <c>set</c>: the new value.</param>
    /// <param name="atStep">Apply before this step; 0: at the next boundary.</param>
    /// <returns>The command's id: the acknowledgement carries it.</returns>
    /// <exception cref="RecipeException">An unknown word.</exception>
    public static string Send(string run, string word, string? path = null, JsonNode? value = null, int atStep = 0)
    {
        if (!Words.Contains(word))
            throw new RecipeException($"command '{word}': unknown{Names.Hint(word, [.. Words])}");
        if (!Directory.Exists(run))
            throw new RecipeException($"run '{Path.GetFileName(run)}': its folder '{run}' is gone, so nobody reads the command '{word}'");
        var id = Guid.NewGuid().ToString("N")[..12];
        var node = new JsonObject { ["id"] = id, ["command"] = word };
        if (path is not null)
        {
            node["path"] = path;
            node["value"] = value?.DeepClone();
        }
        if (atStep > 0)
            node["at_step"] = atStep;
        JsonLines.Append(Path.Combine(run, "inbox.jsonl"), node.ToJsonString(OptionsBinder.Json));
        return id;
    }

    /// <summary>Every command ever sent, in order.</summary>
    public static IReadOnlyList<InboxCommand> Read(string run) =>
        [.. JsonLines.Read(Path.Combine(run, "inbox.jsonl"))
            .Select(e => JsonObject.Create(e)!)
            .Where(n => n["id"] is not null && n["command"] is not null)
            .Select(n => new InboxCommand(n["id"]!.ToString(), n["command"]!.ToString(), n["path"]?.ToString(), n["value"]?.DeepClone(), n["at_step"]?.GetValue<int>() ?? 0))];
}

/// <summary>A command to a run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Word">stop, pause, continue, set or checkpoint.</param>
/// <param name="Path">For <c>set</c>: the recipe path.</param>
/// <param name="Value">For <c>set</c>: the new value.</param>
/// <param name="AtStep">Apply before this step; 0: at the next boundary.</param>
public sealed record InboxCommand(string Id, string Word, string? Path, JsonNode? Value, int AtStep);
