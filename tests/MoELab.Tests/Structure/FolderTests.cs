using System.Text.RegularExpressions;
using MoELab.Views.Tables;

namespace MoELab.Tests.Structure;

/// <summary>What a folder of the core's sources may look like.</summary>
public sealed partial class FolderTests
{
    private const int MostFiles = 25;

    // Still to be given the namespace of their path.
    private static readonly string[] OtherNamespace = ["Data", "Lab", "Recipes", "Runs"];

    [Fact]
    public void A_namespace_is_its_path() =>
        Assert.Equal(OtherNamespace, Files.Where(f => Namespace().Match(File.ReadAllText(f)).Groups[1].Value != $"MoELab.{FolderOf(f).Replace('/', '.')}").Select(Top).Distinct().Order());

    [Fact]
    public void A_folder_holds_at_most_25_files() =>
        Assert.Empty(Files.GroupBy(FolderOf).Where(g => g.Count() > MostFiles).Select(g => g.Key));

    private static IEnumerable<string> Files => Directory.GetFiles(Repository.PathOf("src/Core"), "*.cs", SearchOption.AllDirectories);

    private static string FolderOf(string file) => Path.GetRelativePath(Repository.PathOf("src/Core"), Path.GetDirectoryName(file)!).Replace('\\', '/');

    private static string Top(string file) => FolderOf(file).Split('/')[0];

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
