namespace MoELab.Tests.Structure;

/// <summary>What a folder of the sources and of the tests may look like. That a namespace is its path is a rule of the compiler (IDE0130).</summary>
public sealed class FolderTests
{
    private const int MostFiles = 25;

    // What concerns all folders, and Labs: the files at the root of src/Core.
    private static readonly string[] Across = ["Docs", "EndToEnd", "Hostile", "KnownBugs", "Labs", "OutsideReaders", "Structure"];

    [Fact]
    public void A_folder_holds_at_most_25_files() =>
        Assert.Empty(Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories).GroupBy(f => Path.GetDirectoryName(f))
            .Where(g => g.Count() > MostFiles).Select(g => g.Key));

    [Fact]
    public void Folders_of_tests_have_the_names_of_folders_of_sources()
    {
        var sources = Names("src").Concat(Names("src/Core")).ToHashSet();
        Assert.Contains("Routing", sources);
        Assert.Empty(Names("tests/MoELab.Tests").Where(name => name is not ("bin" or "obj")).Except(sources).Except(Across));
    }

    private static IEnumerable<string> Names(string folder) => Directory.GetDirectories(Repository.PathOf(folder)).Select(d => Path.GetFileName(d));
}
