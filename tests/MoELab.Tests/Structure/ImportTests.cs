using System.Text.RegularExpressions;

namespace MoELab.Tests.Structure;

/// <summary>The one rule of layout that neither the compiler nor <c>dotnet format whitespace</c> checks: imports in alphabetical order, System's first.</summary>
public sealed partial class ImportTests
{
    [Fact]
    public void Imports_are_sorted()
    {
        var files = new[] { "src", "tests", "benchmarks" }.SelectMany(f => Directory.GetFiles(Repository.PathOf(f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length > 500);
        Assert.All(files, f => Assert.True(Sorted(File.ReadLines(f)), f));
    }

    [Theory]
    [InlineData(true, "using System.Text;", "using A.B;", "using A.C;", "using static A.A;", "using B = A.A;")]
    [InlineData(true, "using A;", "using A.B;", "namespace A;", "using System;")]
    [InlineData(false, "using A.B;", "using System.Text;")]
    [InlineData(false, "using A.C;", "using A.B;")]
    [InlineData(false, "using static A.A;", "using A.B;")]
    public void An_import_out_of_order_is_found(bool sorted, params string[] lines) => Assert.Equal(sorted, Sorted(lines));

    private static bool Sorted(IEnumerable<string> lines)
    {
        var imports = lines.TakeWhile(l => !l.StartsWith("namespace ", StringComparison.Ordinal)).Select(l => Import().Match(l)).Where(m => m.Success)
            .Select(m => (Kind: m.Groups[2].Success ? 2 : m.Groups[1].Success ? 1 : 0, Name: m.Groups[3].Value)).ToArray();
        return imports.SequenceEqual(imports.OrderBy(i => i.Kind).ThenBy(i => i.Kind == 2 || !IsSystem(i.Name)).ThenBy(i => i.Name, ByPart));
    }

    private static bool IsSystem(string name) => name == "System" || name.StartsWith("System.", StringComparison.Ordinal);

    private static readonly Comparer<string> ByPart = Comparer<string>.Create((a, b) =>
    {
        var (left, right) = (a.Split('.'), b.Split('.'));
        var different = Enumerable.Range(0, Math.Min(left.Length, right.Length)).Select(i => string.Compare(left[i], right[i], StringComparison.OrdinalIgnoreCase))
            .FirstOrDefault(c => c != 0);
        return different != 0 ? different : left.Length - right.Length;
    });

    [GeneratedRegex(@"^using (static )?(\w+ = )?([\w.]+)(?:;|<)")]
    private static partial Regex Import();
}
