namespace MoELab.Plugins;

// Runs keep copies of the folder plugins that they use, and are resumed and read with them.
public sealed partial class PluginCatalog
{
    /// <summary>
    /// The plugins for an existing run: this catalog, or, if the run has plugins in its <c>plugins</c> folder, a new one in
    /// which those take precedence, so that a run computes the same whatever happened to the folders from which they came.
    /// </summary>
    /// <param name="run">The run folder.</param>
    /// <param name="trust">Whether plugins that somebody else put there may run; from then on they are treated as this user's own.</param>
    /// <param name="progress">Receives a sentence that lists the run's plugins.</param>
    /// <exception cref="InputException">Somebody else put a plugin into the run, or a plugin cannot be loaded.</exception>
    public PluginCatalog ForRun(string run, bool trust = false, IProgress<string>? progress = null)
    {
        var kept = Path.Combine(run, "plugins");
        if (!Directory.Exists(kept))
            return this;
        var folders = PluginTrust.Folders(kept);
        if (folders.Where(f => !PluginTrust.IsOwn(f)).ToArray() is { Length: > 0 } foreign)
        {
            if (!trust)
                throw new InputException($"run '{Path.GetFileName(run)}' contains plugins that were not put there by you on this machine: "
                    + string.Join(", ", foreign.Select(PluginTrust.Describe))
                    + $"; continuing runs their code: inspect '{kept}', then pass --trust (C#: trust: true)");
            foreach (var folder in foreign)
                PluginTrust.Sign(folder);
        }
        if (folders.Count > 0)
            progress?.Report($"{Path.GetFileName(run)}: using the plugins in the run folder: "
                + $"{string.Join(", ", folders.Select(PluginTrust.Describe))}");
        var catalog = new PluginCatalog();
        catalog.AddFolder(kept);
        if (catalog._problems.FirstOrDefault(p => p.Plugins.Count > 0) is { } problem)
            throw new InputException($"run '{Path.GetFileName(run)}' contains a plugin that cannot be used: {problem.Sentence}");
        lock (_gate)
        {
            foreach (var info in _plugins.All.Concat(_plugins.Others))
                catalog._plugins.Add(info);
            catalog._problems.AddRange(_problems);
        }
        return catalog;
    }

    /// <summary>Adds the plugins that a run has received since; further versions of a name become available as <c>name@hash</c>.</summary>
    internal void LookAgain(string run)
    {
        var kept = Path.Combine(run, "plugins");
        if (!Directory.Exists(kept))
            return;
        foreach (var folder in Directory.EnumerateDirectories(kept).Order(StringComparer.Ordinal))
        {
            lock (_gate)
            {
                if (_paths.ContainsKey(Path.GetFullPath(folder)))
                    continue;
                if (PluginTrust.IsOwn(folder))
                    AddOne(folder, nested: true);
                else
                    Report(folder, $"{folder}: was not put there by you on this machine; send the plugin from its original folder",
                        [Path.GetFileName(folder).Split('-')[0]]);
            }
        }
    }
}
