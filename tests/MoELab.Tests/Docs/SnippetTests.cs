using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoELab.Tests.Docs;

/// <summary>Every C# snippet of the README and the docs compiles against the library as it is.</summary>
public sealed partial class SnippetTests
{
    private const string Usings = """
        using System; using System.Collections.Generic; using System.ComponentModel; using System.ComponentModel.DataAnnotations; using System.IO; using System.Linq;
        using System.Threading; using System.Threading.Tasks; using MoELab; using MoELab.Comparisons; using MoELab.Data; using MoELab.Experts; using MoELab.Model;
        using MoELab.Optimization; using MoELab.Plugins; using MoELab.Recipes; using MoELab.Reports; using MoELab.Routing; using MoELab.Runs; using MoELab.Training; using MoELab.Views;
        using TorchSharp; using Tensor = TorchSharp.torch.Tensor;
        """;

    public static TheoryData<string, int> Snippets
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var file in Pages())
            {
                for (var i = 0; i < Blocks(file).Count; i++)
                    data.Add(Path.GetRelativePath(Repository.Root, file), i);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Snippets))]
    public void A_snippet_compiles(string page, int index)
    {
        var blocks = Blocks(Path.Combine(Repository.Root, page));
        // A page's types serve the snippets after them.
        var code = string.Join("\n", [blocks[index], .. blocks.Take(index).Where(DeclaresOnly)]);
        var own = string.Join("\n", code.Split('\n').Where(l => LeadingLine().IsMatch(l)).Distinct());
        var rest = string.Join("\n", code.Split('\n').Where(l => !LeadingLine().IsMatch(l)));
        var declares = DeclaresOnly(rest);
        var source = $"{Usings}\n{own}\n{(declares || rest.Contains("var lab =", StringComparison.Ordinal) ? "" : "var lab = new Lab();\n")}{rest}";
        var options = new CSharpCompilationOptions(declares ? OutputKind.DynamicallyLinkedLibrary : OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        var tree = CSharpSyntaxTree.ParseText(source, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview), cancellationToken: TestContext.Current.CancellationToken);
        var errors = CSharpCompilation.Create("snippet", [tree], References(), options).GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error);
        Assert.Empty(errors.Select(e => e.ToString()));
    }

    [Fact]
    public void The_file_based_app_compiles()
    {
        var file = File.ReadAllText(Path.Combine(Repository.Root, "examples", "lab.cs"));
        var source = $"{Usings}\n{string.Join("\n", file.Split('\n').Where(l => !l.StartsWith('#')))}";
        var tree = CSharpSyntaxTree.ParseText(source, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview), cancellationToken: TestContext.Current.CancellationToken);
        var compilation = CSharpCompilation.Create("app", [tree], References(), new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));
    }

    [Fact]
    public void The_pages_have_snippets() => Assert.True(Snippets.Count >= 8);

    private static IEnumerable<string> Pages() => [Path.Combine(Repository.Root, "README.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal)];

    private static bool DeclaresOnly(string code) => CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot().Members.All(m => m is not GlobalStatementSyntax);

    private static List<string> Blocks(string file) => [.. Fence().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)];

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(p => MetadataReference.CreateFromFile(p));

    [GeneratedRegex("^```csharp\\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*(using [A-Z][\w.]*( = [\w.]+)?;|\[assembly: .*\])\s*$")]
    private static partial Regex LeadingLine();
}
