using System.Text.RegularExpressions;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The host launches by the table in the sources' README.</summary>
public sealed partial class SourcesTableTests
{
    private const string Folder = "src/Kernels/Cuda/Host/Sources";

    private static readonly string Table = Repository.Read($"{Folder}/README.md");
    private static readonly string Text = string.Concat(Directory.GetFiles(Repository.PathOf(Folder), "*.cu").Select(File.ReadAllText));

    [Fact]
    public void Numbers_of_the_table_are_those_of_the_sources()
    {
        var numbers = Number().Matches(Table);
        Assert.True(numbers.Count >= 10, "the table names no numbers");
        Assert.All(numbers, n => Assert.Matches($@"(?m)^#define {n.Groups[1].Value} {n.Groups[2].Value}$", Text));
    }

    [Fact]
    public void Modules_list_every_entry_point()
    {
        var listed = Module().Matches(Table).SelectMany(row => Name().Matches(row.Groups[1].Value)).Select(m => m.Groups[1].Value).Distinct();
        var written = Entry().Matches(Text).Select(m => m.Groups[1].Value);
        Assert.Equal(written.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"`([A-Z_]+)` (?:= )?(\d+)(?![\d ]*·)")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?m)^\| `\w+` \| `prelude`[^|]*\|([^|]*)\|$")]
    private static partial Regex Module();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"extern ""C"" __global__ void __launch_bounds__\([^)]*\) (\w+)\(")]
    private static partial Regex Entry();
}
