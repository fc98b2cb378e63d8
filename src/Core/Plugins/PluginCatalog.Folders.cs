namespace MoELab.Plugins;

// Adding, watching and reloading plugin folders.
public sealed partial class PluginCatalog
{
    private static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(300);

    // Every plugin folder that was tried: full path to the path as given. The second map has those that loaded.
    private readonly Dictionary<string, string> _paths = [];
    private readonly Dictionary<string, PluginFolder> _folders = [];
    private readonly Dictionary<string, PluginWatcher> _watchers = [];
    private TimeSpan? _delay;

    /// <summary>
    /// Adds a plugin folder, or every plugin folder one level below a folder that contains no assembly itself. A folder that
    /// cannot be used is listed in <see cref="Problems"/>.
    /// </summary>
    /// <param name="path">The folder, absolute or relative to the current directory.</param>
    public void AddFolder(string path)
    {
        if (!Directory.Exists(path))
            Report(path, $"{path}: no such plugin folder", []);
        else if (Directory.EnumerateFiles(path, "*.dll").Any())
            AddOne(path, nested: false);
        else
        {
            foreach (var folder in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
                AddOne(folder, nested: true);
        }
    }

    /// <summary>From now on, reloads a plugin folder when its files change, and raises <see cref="Changed"/>.</summary>
    /// <param name="delay">How long the files must stay unchanged first; 300 ms by default.</param>
    public void Watch(TimeSpan? delay = null)
    {
        lock (_gate)
        {
            _delay = delay ?? DefaultDelay;
            foreach (var path in _paths.Keys)
                WatchOne(path);
        }
    }

    /// <summary>Adds a plugin folder whose plugins take over their names; the previous plugins stay available as <c>name@hash</c>.</summary>
    /// <exception cref="InputException">The folder cannot be used, or one of its classes breaks a rule for plugins.</exception>
    public IReadOnlyList<PluginInfo> Define(string path)
    {
        var full = Path.GetFullPath(path);
        lock (_gate)
        {
            if (!_folders.TryGetValue(full, out var folder))
            {
                var assembly = PluginFolder.Find(path) ?? throw new InputException($"{path}: the folder contains no plugin assembly");
                folder = PluginFolder.Load(path, assembly);
                if (folder.Problems.Count > 0 || folder.Plugins.Count == 0)
                {
                    var sentence = folder.Problems.Count > 0 ? folder.Problems[0] : $"{path}: the assembly contains no plugin";
                    folder.Dispose();
                    throw new InputException(sentence);
                }
                _paths[full] = path;
                Keep(folder);
            }
            foreach (var info in folder.Plugins)
                _plugins.Prefer(info);
            return folder.Plugins;
        }
    }

    /// <summary>Reloads a folder that was added before if its assembly has changed, and raises <see cref="Changed"/>.</summary>
    /// <returns>Why it could not be loaded; null if it was loaded, if nothing changed, or if the folder was never added.</returns>
    internal string? Reload(string path)
    {
        var full = Path.GetFullPath(path);
        lock (_gate)
        {
            if (!_paths.ContainsKey(full))
                return null;
            _problems.RemoveAll(p => Path.GetFullPath(p.Source) == full);
        }
        Refresh(full);
        lock (_gate)
            return _problems.FirstOrDefault(p => Path.GetFullPath(p.Source) == full)?.Sentence;
    }

    private void AddOne(string path, bool nested)
    {
        var full = Path.GetFullPath(path);
        string[] missing = [Path.GetFileName(Path.TrimEndingDirectorySeparator(full))];
        lock (_gate)
        {
            try
            {
                if (PluginFolder.Find(path) is not { } assembly)
                {
                    // A folder of plugin folders may contain others; a folder that was named must be a plugin.
                    if (!nested)
                        Report(path, $"{path}: no assembly in this folder is marked with [assembly: MoELabPlugin(PluginContract.Version)]", missing);
                    return;
                }
                missing = [.. assembly.Plugins];
                _paths[full] = path;
                if (_delay is not null)
                    WatchOne(full);
                var folder = PluginFolder.Load(path, assembly);
                if (_folders.TryGetValue(full, out var before))
                    Forget(before);
                Keep(folder);
                foreach (var info in folder.Plugins)
                    Add(info);
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
            {
                Report(path, e is InputException ? e.Message : $"{path}: cannot be read; {e.Message}", missing);
            }
        }
    }

    private void Refresh(string full)
    {
        List<(PluginInfo? Old, PluginInfo? New)> changes = [];
        lock (_gate)
        {
            if (_disposed)
                return;
            var path = _paths[full];
            try
            {
                var before = _folders.GetValueOrDefault(full);
                if (PluginFolder.Find(path) is not { } assembly || PluginAssembly.HashOf(assembly.Path) == before?.Hash)
                    return;
                var after = PluginFolder.Load(path, assembly);
                foreach (var old in before?.Plugins ?? [])
                    changes.Add((old, after.Plugins.FirstOrDefault(p => p.Kind == old.Kind && p.Name == old.Name)));
                foreach (var added in after.Plugins.Where(p => !changes.Any(c => c.New == p)).ToArray())
                    changes.Add((null, added));
                Keep(after);
                foreach (var (old, next) in changes)
                    _plugins.Swap(old, next);
                before?.Dispose();
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
            {
                // The previous plugins stay, because a broken build must not stop work.
                Report(path, e is InputException ? e.Message : $"{path}: changed but cannot be read; {e.Message}", []);
                return;
            }
        }
        foreach (var (old, next) in changes)
            Changed?.Invoke(old, next);
    }

    private void Keep(PluginFolder folder)
    {
        _problems.RemoveAll(p => p.Source == folder.Path);
        _problems.AddRange(folder.Problems.Select(p => new PluginProblem(folder.Path, p, [])));
        _folders[Path.GetFullPath(folder.Path)] = folder;
    }

    private void Forget(PluginFolder folder)
    {
        foreach (var info in folder.Plugins)
            _plugins.Remove(info);
        folder.Dispose();
    }

    private void WatchOne(string full)
    {
        if (!_watchers.ContainsKey(full))
            _watchers.Add(full, new PluginWatcher(full, _delay!.Value, () => Refresh(full)));
    }
}
