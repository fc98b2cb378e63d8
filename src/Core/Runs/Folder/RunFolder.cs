namespace MoELab.Runs.Folder;

/// <summary>One run on disk. A writer holds an OS lock that ends with its process; readers need none.</summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Holds the process and the machine that wrote last; true of now only while the run is locked.</summary>
    internal const string ProcessFile = "process";

    private readonly FileStream _lock;
    private readonly string _mark;

    private RunFolder(string path, FileStream held, string mark) => (FullPath, _lock, _mark) = (path, held, mark);

    /// <summary>Whether the path still leads to the folder that is held: it was not deleted, moved, unmounted or replaced.</summary>
    public bool IsHere
    {
        get
        {
            try
            {
                return File.ReadAllText(At(ProcessFile)) == _mark;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>The folder's full path.</summary>
    public string FullPath { get; }

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>Creates a new folder; an existing name becomes <c>name-2</c>, nothing is overwritten.</summary>
    /// <exception cref="InputException">The name cannot be a folder's, or the directory cannot be written.</exception>
    public static RunFolder Create(string runs, string name)
    {
        RunPaths.CheckName(name);
        try
        {
            Directory.CreateDirectory(runs);
            for (var n = 1; ; n++)
            {
                var path = Path.GetFullPath(Path.Combine(runs, n == 1 ? name : $"{name}-{n}"));
                if (Directory.Exists(path) || File.Exists(path))
                    continue;
                Directory.CreateDirectory(path);
                try
                {
                    return Lock(path);
                }
                catch (InputException)
                {
                    // Another process made and locked the same name between the two lines above: take the next one.
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"runs directory '{runs}': cannot be written ({e.Message})", e);
        }
    }

    /// <summary>Opens an existing folder for writing.</summary>
    /// <exception cref="InputException">No such run, or it is in use.</exception>
    public static RunFolder Open(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!File.Exists(Path.Combine(full, "recipe.yaml")))
            throw new InputException($"run '{path}': no recipe.yaml there; expected the folder of a run");
        return Lock(full);
    }

    /// <summary>A path inside the folder.</summary>
    public string At(params ReadOnlySpan<string> parts) => Path.Combine([FullPath, .. parts]);

    /// <summary>Writes a file atomically: under another name, synced, renamed.</summary>
    public static void WriteAtomically(string path, string text) => WriteAtomically(path, [Encoding.UTF8.GetBytes(text)]);

    internal static void WriteAtomically(string path, IEnumerable<byte[]> parts)
    {
        var beside = path + ".tmp";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write))
        {
            foreach (var part in parts)
                stream.Write(part);
            stream.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
    }

    /// <summary>Lets the run go.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Throws if the folder is no longer where it was; called before each write, so that none creates it again.</summary>
    internal void RequireHere()
    {
        if (!IsHere)
            throw new RunException($"the run folder '{FullPath}' is gone (deleted, moved or unmounted, or replaced by another), "
                + "so the training ends; what was trained after its last checkpoint is lost");
    }

    private static RunFolder Lock(string path)
    {
        try
        {
            var held = new FileStream(Path.Combine(path, RunPaths.Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Beside the lock, because nobody else can read a file that is locked.
            var mark = $"{Environment.ProcessId} {Environment.MachineName}\n{Guid.NewGuid():N}\n";
            File.WriteAllText(Path.Combine(path, ProcessFile), mark);
            return new RunFolder(path, held, mark);
        }
        catch (IOException e)
        {
            throw new InputException($"run '{Path.GetFileName(path)}' is in use by another process; stop it first ({path})", e);
        }
    }
}
