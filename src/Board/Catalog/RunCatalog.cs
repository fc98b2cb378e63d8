using MoELab.Board.Hosting;
using MoELab.Runs.Folder;

namespace MoELab.Board.Catalog;

/// <summary>The runs of a folder, looked at when somebody asks and at most twice a second.</summary>
/// <param name="folder">The folder.</param>
internal sealed class RunCatalog(string folder)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RunEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _gone = new(StringComparer.Ordinal);
    private DateTime _looked;
    private long _version;

    public string Folder => folder;

    /// <summary>Rows that changed since a version, names that went since, and the version now.</summary>
    /// <param name="since">A version; 0 for all.</param>
    /// <param name="now">Whether the folder is looked at however fresh the last look is.</param>
    /// <exception cref="InputException">The folder is gone.</exception>
    public (IReadOnlyList<RunRow> Rows, IReadOnlyList<string> Gone, long Version) Since(long since, bool now = false)
    {
        lock (_gate)
        {
            if (now || DateTime.UtcNow - _looked > Fresh)
                Look();
            return ([.. _entries.Values.Select(e => e.Row).Where(r => r.Version > since).OrderByDescending(r => r.Changed)],
                [.. _gone.Where(g => g.Value > since).Select(g => g.Key)], _version);
        }
    }

    /// <summary>The folder of a run by its name.</summary>
    /// <exception cref="InputException">The name is none, or there is no such run.</exception>
    public string PathOf(string name)
    {
        RunPaths.CheckName(name);
        var path = Path.Combine(folder, name);
        if (RunPaths.IsRun(path))
            return path;
        IReadOnlyList<string> names = Directory.Exists(folder) ? RunPaths.Names(folder) : [];
        throw new UnknownRunException($"run '{name}': not in '{folder}'"
            + (names.Count == 0 ? ", which has no runs now"
                : Names.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : ", or no longer"));
    }

    private void Look()
    {
        if (!Directory.Exists(folder))
            throw new InputException($"the folder of runs '{folder}' is gone (deleted, moved or unmounted)");
        _looked = DateTime.UtcNow;
        var names = RunPaths.Names(folder).Where(n => !n.StartsWith('.')).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _entries.Keys.Where(n => !names.Contains(n)).ToArray())
        {
            _entries.Remove(gone);
            _gone[gone] = ++_version;
        }
        foreach (var name in names.Where(n => !_entries.ContainsKey(n)))
        {
            _entries[name] = new RunEntry(Path.Combine(folder, name));
            _gone.Remove(name);
        }
        System.Threading.Tasks.Parallel.ForEach(_entries.Values, entry => entry.Look(() => Interlocked.Increment(ref _version)));
    }
}
