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
    /// <exception cref="RecipeException">A plugin that the run keeps cannot be loaded.</exception>
    public PluginCatalog ForRun(string run)
    {
        var kept = Path.Combine(run, "plugins");
        if (!Directory.Exists(kept))
            return this;
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
                if (!_paths.ContainsKey(Path.GetFullPath(folder)))
                    AddOne(folder, nested: true);
            }
        }
    }
}
