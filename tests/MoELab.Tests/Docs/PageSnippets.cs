using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoELab.Tests.Docs;

/// <summary>The code on a page of the documentation, and what the compiler says about it.</summary>
internal static partial class PageSnippets
{
    /// <summary>By this sentence a page says that the C# of a section shares its variables, as the cells of a notebook do.</summary>
    public const string FollowOneAnother = "The snippets of an example follow one another";

    private const string Usings = """
        using System; using System.Collections.Generic; using System.ComponentModel; using System.ComponentModel.DataAnnotations; using System.IO; using System.Linq;
        using System.Threading; using System.Threading.Tasks; using MoELab; using MoELab.Clusters; using MoELab.Contracts; using MoELab.Data; using MoELab.Errors; using MoELab.Experts; using MoELab.Interop.Files; using MoELab.Model;
        using MoELab.Optimization; using MoELab.Plugins; using MoELab.Query; using MoELab.Recipes; using MoELab.Recipes.Options; using MoELab.Routing; using MoELab.Routing.Balancing;
        using MoELab.Routing.Metrics; using MoELab.Routing.Routers; using MoELab.Runs.Analysis; using MoELab.Runs.Control; using MoELab.Runs.Export; using MoELab.Runs.Folder;
        using MoELab.Runs.Log; using MoELab.Runs.Reading; using MoELab.Studies; using MoELab.Studies.Definition; using MoELab.Studies.Planning; using MoELab.Studies.Races; using MoELab.Studies.Reports; using MoELab.Studies.Results; using MoELab.Studies.Running;
        using MoELab.Studies.Statistics; using MoELab.Training; using MoELab.Training.Metrics; using MoELab.Views; using MoELab.Views.Comparisons;
        using MoELab.Views.Plotly; using MoELab.Views.Reports; using MoELab.Views.Scenes; using MoELab.Views.Studies; using MoELab.Views.Tables;
        using TorchSharp; using Tensor = TorchSharp.torch.Tensor;
        """;

    // Read once: the compiler keeps what it has learnt of an assembly with its reference.
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(p => MetadataReference.CreateFromFile(p))]);

    /// <summary>A fenced block: its section's heading, its language and its lines.</summary>
    public sealed record Block(string Section, string Language, string Code);

    /// <summary>Every page: its path below the repository's root.</summary>
    public static IEnumerable<string> Pages() =>
        ["README.md", .. Directory.GetFiles(Repository.PathOf("docs"), "*.md").Order(StringComparer.Ordinal).Select(f => Path.GetRelativePath(Repository.Root, f))];

    /// <summary>The fenced blocks of a page in their order.</summary>
    public static IReadOnlyList<Block> Blocks(string page)
    {
        var text = Repository.Read(page);
        var headings = Heading().Matches(text);
        return [.. Fence().Matches(text).Select(m => new Block(headings.LastOrDefault(h => h.Index < m.Index)?.Groups[1].Value ?? "", m.Groups[1].Value, m.Groups[2].Value))];
    }

    /// <summary>The C# blocks of a page in their order.</summary>
    public static IReadOnlyList<Block> CSharp(string page) => [.. Blocks(page).Where(b => b.Language == "csharp")];

    /// <summary>What is wrong with a C# block of a page: errors of the compiler.</summary>
    public static IEnumerable<string> Errors(string page, int index)
    {
        var blocks = CSharp(page);
        // A page's types serve the snippets after them, and in a page that says so statements do too.
        var types = blocks.Take(index).Where(b => DeclaresOnly(b.Code));
        var before = Repository.Read(page).Contains(FollowOneAnother, StringComparison.Ordinal) ? blocks.Take(index).Where(b => b.Section == blocks[index].Section && !DeclaresOnly(b.Code)) : [];
        return Errors(string.Join("\n", before.Append(blocks[index]).Concat(types).Select(b => b.Code)));
    }

    /// <summary>What is wrong with a program, or with declarations: errors of the compiler.</summary>
    public static IEnumerable<string> Errors(string code)
    {
        var own = string.Join("\n", code.Split('\n').Where(l => LeadingLine().IsMatch(l)).Distinct());
        var rest = string.Join("\n", code.Split('\n').Where(l => !LeadingLine().IsMatch(l)));
        var declares = DeclaresOnly(rest);
        var source = $"{Usings}\n{own}\n{(declares || rest.Contains("var lab =", StringComparison.Ordinal) ? "" : "var lab = new Lab();\n")}{rest}";
        var options = new CSharpCompilationOptions(declares ? OutputKind.DynamicallyLinkedLibrary : OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        var tree = CSharpSyntaxTree.ParseText(source, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview), cancellationToken: TestContext.Current.CancellationToken);
        return CSharpCompilation.Create("snippet", [tree], References.Value, options).GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString());
    }

    private static bool DeclaresOnly(string code) => CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot().Members.All(m => m is not GlobalStatementSyntax);

    [GeneratedRegex("^```([a-z]+)\\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^## (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s*(using [A-Z][\w.]*( = [\w.]+)?;|\[assembly: .*\])\s*$")]
    private static partial Regex LeadingLine();
}
