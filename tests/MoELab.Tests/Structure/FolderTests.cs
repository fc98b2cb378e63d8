namespace MoELab.Tests.Structure;

/// <summary>What a folder of the sources may look like. That a namespace is its path is a rule of the compiler (IDE0130 in .editorconfig).</summary>
public sealed class FolderTests
{
    private const int MostFiles = 25;

    [Fact]
    public void A_folder_holds_at_most_25_files() =>
        Assert.Empty(Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories).GroupBy(f => Path.GetDirectoryName(f)).Where(g => g.Count() > MostFiles).Select(g => g.Key));
}
