using MoELab.Recipes.Input;
using MoELab.Runs.Log;

namespace MoELab.Runs.Control;

/// <summary>
/// <c>inbox.jsonl</c>: how any process talks to a running training. Commands are applied at the next step boundary (or at the
/// step that they name) and acknowledged as an event with the step.
/// </summary>
public static class Inbox
{
    /// <summary>Bytes of commands that a run reads: it reads them again before each step.</summary>
    internal const long MostBytes = 16 << 20;

    private const string FileName = "inbox.jsonl";

    /// <summary>Appends a command.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="kind">What the run is to do.</param>
    /// <param name="path">For <see cref="CommandKind.Set"/>: the recipe path.</param>
    /// <param name="value">For <see cref="CommandKind.Set"/>: the new value.</param>
    /// <param name="atStep">Apply before this step; 0: at the next boundary.</param>
    /// <returns>The command's id: the acknowledgement carries it.</returns>
    /// <exception cref="InputException">The run folder is gone.</exception>
    public static string Send(string run, CommandKind kind, string? path = null, JsonNode? value = null, int atStep = 0)
    {
        var word = LogWords<CommandKind>.Of(kind);
        if (!Directory.Exists(run))
            throw new InputException($"run '{Path.GetFileName(run)}': its folder '{run}' is gone, so the command '{word}' cannot be sent");
        var id = Guid.NewGuid().ToString("N")[..12];
        var node = new JsonObject { ["id"] = id, ["command"] = word };
        if (path is not null)
        {
            node["path"] = path;
            node["value"] = value?.DeepClone();
        }
        if (atStep > 0)
            node["at_step"] = atStep;
        JsonLines.Append(Path.Combine(run, FileName), node.ToJsonString(OptionsBinder.Json));
        return id;
    }

    /// <summary>Every command ever sent, in order; a row that is none is passed over.</summary>
    public static IReadOnlyList<InboxCommand> Read(string run) => Read(run, _ => { });

    /// <summary>
    /// Every command ever sent, in order; <paramref name="refused"/> gets a sentence with the number of each row that is not a command, of the
    /// last row only when it is complete.
    /// </summary>
    internal static IReadOnlyList<InboxCommand> Read(string run, Action<string> refused)
    {
        var commands = new Dictionary<string, (InboxCommand Command, int Row)>(StringComparer.Ordinal);
        try
        {
            var (row, bytes) = (0, 0L);
            foreach (var (line, whole) in ByteLines.Read(Path.Combine(run, FileName)))
            {
                row++;
                if ((bytes += line.Length) > MostBytes)
                    throw new InputException($"{FileName}, row {row}: more than {MostBytes >> 20} MiB of commands; "
                        + "a run reads them all before each step");
                // A torn last row may still be on its way.
                if (line.Length > 0 && whole)
                    Add(commands, line.Span, row, refused);
            }
        }
        catch (InputException e)
        {
            refused(e.Message);
        }
        return [.. commands.Values.OrderBy(c => c.Row).Select(c => c.Command)];
    }

    private static void Add(Dictionary<string, (InboxCommand Command, int Row)> commands, ReadOnlySpan<byte> line, int row, Action<string> refused)
    {
        try
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{FileName}, row {row}");
            var command = InputJson.Parse(line, file, "a command with its id");
            var (id, path, at) = (command["id"].Text(), command["path"], command["at_step"]);
            if (commands.TryGetValue(id, out var other))
                throw command["id"].Unfit(string.Create(CultureInfo.InvariantCulture, $"another one than row {other.Row} has"));
            var (word, value) = (command["command"].Text(), command["value"].Node?.DeepClone());
            commands.Add(id, (new InboxCommand(id, word, path.Exists ? path.Text() : null, value, at.Exists ? at.Int(0, int.MaxValue) : 0), row));
        }
        catch (InputException e)
        {
            refused(e.Message);
        }
    }
}

/// <summary>A command to a run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Word">What the run is to do, as the inbox writes it.</param>
/// <param name="Path">For <c>set</c>: the recipe path.</param>
/// <param name="Value">For <c>set</c>: the new value.</param>
/// <param name="AtStep">Apply before this step; 0: at the next boundary.</param>
public sealed record InboxCommand(string Id, string Word, string? Path, JsonNode? Value, int AtStep)
{
    /// <summary>What the run is to do; null if it is unknown.</summary>
    public CommandKind? Kind { get; } = LogWords<CommandKind>.Find(Word);
}
