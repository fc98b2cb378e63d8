namespace MoELab.Board.Catalog;

/// <summary>Runs that somebody looks at: their logs are read on first use, kept, and read on.</summary>
/// <param name="catalog">Where they are.</param>
internal sealed class RunStore(RunCatalog catalog)
{
    private const int MostRuns = 128;
    private readonly Lock _gate = new(), _reading = new();
    private readonly Dictionary<string, (OpenRun Run, long Used)> _open = new(StringComparer.Ordinal);
    private long _used;

    /// <summary>A run whose metrics are read one by one.</summary>
    /// <exception cref="InputException">No such run.</exception>
    public OpenRun Open(string name)
    {
        string path;
        try
        {
            path = catalog.PathOf(name);
        }
        catch (InputException)
        {
            lock (_gate)
                _open.Remove(name);
            throw;
        }
        lock (_gate)
        {
            if (!_open.TryGetValue(name, out var found) || !found.Run.IsSame())
                found.Run = new OpenRun(path);
            _open[name] = (found.Run, ++_used);
            if (_open.Count > MostRuns)
                _open.Remove(_open.MinBy(o => o.Value.Used).Key);
            return found.Run;
        }
    }

    /// <summary>Does something with runs that are read whole; one at a time, because reading on changes what was read.</summary>
    /// <exception cref="InputException">No such run, or a log cannot be read.</exception>
    public T Read<T>(IReadOnlyList<string> names, Func<IReadOnlyList<RunReader>, T> use)
    {
        var runs = names.Select(n => Open(n).Reader).ToArray();
        lock (_reading)
        {
            foreach (var run in runs)
                run.Refresh();
            return use(runs);
        }
    }
}
