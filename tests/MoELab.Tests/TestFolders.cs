using MoELab.Data.Preparation;

[assembly: AssemblyFixture(typeof(MoELab.Tests.TestFolders))]

namespace MoELab.Tests;

/// <summary>Folders for tests, all below one that goes when the last test has ended, with the corpora that were prepared from it.</summary>
public sealed class TestFolders : IDisposable
{
    private static readonly Lazy<string> Root = new(() => Directory.CreateTempSubdirectory("moelab-tests-").FullName);
    private static int _count;

    /// <summary>A new empty folder.</summary>
    public static string New(string name = "folder") =>
        Directory.CreateDirectory(Path.Combine(Root.Value, $"{name}-{Interlocked.Increment(ref _count)}")).FullName;

    public void Dispose()
    {
        if (!Root.IsValueCreated)
            return;
        foreach (var corpus in CorpusCache.List().Where(c => c.Domains.Any(d => d.Source.StartsWith(Root.Value, StringComparison.Ordinal))))
            Directory.Delete(corpus.Directory, recursive: true);
        Directory.Delete(Root.Value, recursive: true);
    }
}
