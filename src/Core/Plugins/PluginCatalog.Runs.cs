using MoELab.Recipes;

namespace MoELab.Plugins;

// Runs keep the folder plugins that they use, and are continued and read with them.
public sealed partial class PluginCatalog
{
    /// <summary>
    /// The plugins for a run that exists: this catalog, or, when the run keeps plugins in its <c>plugins</c> folder, a new one in
    /// which those come first, so that a run computes what it computed whatever became of the folders that they came from.
    /// </summary>
    /// <param name="run">The run folder.</param>
    /// <param name="trust">Whether plugins may run that were not put there by this user on this machine; from then on they count as if
    /// they were.</param>
    /// <param name="progress">Told which plugins of the run will run.</param>
    /// <exception cref="RecipeException">A plugin that the run keeps is somebody else's, or cannot be loaded.</exception>
    public PluginCatalog ForRun(string run, bool trust = false, IProgress<string>? progress = null)
    {
        var kept = Path.Combine(run, "plugins");
        if (!Directory.Exists(kept))
            return this;
        var folders = PluginTrust.Folders(kept);
        if (folders.Where(f => !PluginTrust.IsOwn(f)).ToArray() is { Length: > 0 } foreign)
        {
            if (!trust)
            {
                throw new RecipeException($"run '{Path.GetFileName(run)}' carries plugins that were not put there by you on this machine: {string.Join(", ", foreign.Select(PluginTrust.Describe))}; "
                    + $"going on runs their code: look at '{kept}', then say --trust (C#: trust: true)");
            }
            foreach (var folder in foreign)
                PluginTrust.Sign(folder);
        }
        if (folders.Count > 0)
            progress?.Report($"{Path.GetFileName(run)}: runs the plugins that the run carries: {string.Join(", ", folders.Select(PluginTrust.Describe))}");
        var catalog = new PluginCatalog();
        catalog.AddFolder(kept);
        if (catalog._problems.FirstOrDefault(p => p.Plugins.Count > 0) is { } problem)
            throw new RecipeException($"run '{Path.GetFileName(run)}' keeps a plugin that cannot be used: {problem.Sentence}");
        lock (_gate)
        {
            foreach (var info in _plugins.All.Concat(_plugins.Others))
                catalog._plugins.Add(info);
            catalog._problems.AddRange(_problems);
        }
        return catalog;
    }

    /// <summary>Adds the plugins that a run has been given since; versions beside those of the same name, as <c>name@hash</c>.</summary>
    /// <param name="run">The run folder.</param>
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
                    Report(folder, $"{folder}: was not put there by you on this machine; send the plugin from where it is",
                        [Path.GetFileName(folder).Split('-')[0]]);
            }
        }
    }
}
