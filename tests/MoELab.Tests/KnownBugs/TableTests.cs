using System.Reflection;
using System.Text.RegularExpressions;

namespace MoELab.Tests.KnownBugs;

/// <summary>docs/known-bugs.md says of each class of bugs which tests hold it.</summary>
public sealed partial class TableTests
{
    [Fact]
    public void The_table_names_exactly_the_classes_whose_tests_carry_the_mark()
    {
        var marked = typeof(TableTests).Assembly.GetTypes()
            .SelectMany(t => new MemberInfo[] { t }.Concat(t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)).Select(m => (Type: t, Member: m)))
            .SelectMany(m => m.Member.GetCustomAttributes<TraitAttribute>(inherit: false).Where(a => a.Name == "bug").Select(a => (Bug: a.Value, Class: m.Type.FullName!.Replace("MoELab.Tests.", "").Replace('.', '/'))))
            .Distinct().GroupBy(m => m.Bug).ToDictionary(g => g.Key, g => g.Select(m => m.Class).Order().ToArray());
        var table = File.ReadLines(Path.Combine(Repository.Root, "docs", "known-bugs.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(c => c[1].Trim('`'), c => Code().Matches(c[4]).Select(m => m.Groups[1].Value).Order().ToArray());
        Assert.Equal(table.Keys.Order(), marked.Keys.Order());
        Assert.All(table, row => Assert.Equal(row.Value, marked[row.Key]));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
