using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;

namespace MoELab.Board.Catalog;

/// <summary>What the board does to a run: commands through its inbox, notes, and deletion.</summary>
internal static class RunActions
{
    private static readonly CommandKind[] Kinds = [CommandKind.Stop, CommandKind.Pause, CommandKind.Continue, CommandKind.Checkpoint];

    private static readonly Lock Notes = new();

    /// <summary>Sends a command to a run that trains.</summary>
    /// <returns>One sentence about what happens now.</returns>
    /// <exception cref="InputException">No such action, or the run is not training.</exception>
    public static string Act(string path, string action)
    {
        if (LogWords<CommandKind>.Find(action) is not { } kind || !Kinds.Contains(kind))
            throw new InputException($"unknown action '{action}'; expected stop, pause, continue or checkpoint");
        var run = RunReader.At(path);
        if (run.Status != RunStatus.Running)
            throw new InputException($"run '{run.Name}' is not training; it is {run.Status.ToString().ToLowerInvariant()}");
        Inbox.Send(path, kind);
        return run.Name + kind switch
        {
            CommandKind.Stop => " stops after this step, with a checkpoint",
            CommandKind.Pause => " pauses before the next step",
            CommandKind.Continue => " continues",
            _ => " saves a checkpoint after the next step",
        };
    }

    /// <summary>Changes the notes of a run.</summary>
    /// <exception cref="InputException">They are too long, or the folder is gone.</exception>
    public static void Note(string path, Func<RunNotes, RunNotes> change)
    {
        lock (Notes)
            change(RunNotes.Read(path)).Write(path);
    }

    /// <summary>Deletes a run's folder for good.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="confirmed">The run's name once more: no request deletes by accident.</param>
    /// <exception cref="InputException">The name is another, or the run trains.</exception>
    public static void Delete(string path, string confirmed)
    {
        var (name, held) = (Path.GetFileName(path), Path.Combine(path, "lock"));
        if (confirmed != name)
            throw new InputException($"run '{name}': deletion was confirmed for '{confirmed}'; expected the same name");
        try
        {
            // Held while it is deleted, so that nobody begins to write; a folder that never trained has no lock.
            using (File.Exists(held) ? new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null)
                Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(Directory.Exists(path) && !RunReader.IsAbandoned(path) && File.Exists(held)
                ? $"run '{name}' is training, so it is not deleted; stop it first"
                : $"run '{name}': its folder cannot be deleted ({e.Message.TrimEnd('.')})", e);
        }
    }
}
