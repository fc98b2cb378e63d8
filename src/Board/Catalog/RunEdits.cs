using MoELab.Runs.Folder;

namespace MoELab.Board.Catalog;

/// <summary>What the board changes in the folders of runs: notes, and deletion.</summary>
internal static class RunEdits
{
    private static readonly Lock Notes = new();

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
        var (name, held) = (Path.GetFileName(path), Path.Combine(path, RunPaths.Lock));
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
