using MoELab.Data.Preparation;

namespace MoELab.Tests.Data;

/// <summary>A folder for a test's files and a cache of its own; both go when the test ends.</summary>
public sealed class CacheFolder : IDisposable
{
    public CacheFolder() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "moelab-test-" + Guid.NewGuid().ToString("N"));

    public string Cache => Path.Combine(Root, "cache");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public PreparedCorpus Prepare(DataRecipe recipe, MoELab.Plugins.PluginCatalog? catalog = null) => CorpusCache.LoadOrPrepare(recipe, catalog, null, Cache);

    public void Dispose() => Directory.Delete(Root, true);
}
