using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MoELab.Tests.EndToEnd;

namespace MoELab.Tests.Structure;

/// <summary>The kernel for .NET Interactive, whose package cannot be restored where these tests run: what can be said of it without.</summary>
public sealed class DotNetInteractiveTests
{
    private const string Folder = "src/DotNetInteractive";

    [Fact]
    public void A_build_without_the_setting_compiles_none_of_it_and_says_so_in_one_line()
    {
        Assert.Contains("\"Compile\": []", Evaluate("-getItem:Compile"), StringComparison.Ordinal);
        var line = Assert.Single(Evaluate("-t:SayLeftOut", "-nologo", "-tl:off", "-v:minimal").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.StartsWith("MoELab.DotNetInteractive is left out:", line, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_setting_it_compiles_every_source_against_the_version_that_was_asked_for()
    {
        var items = Evaluate("-p:DotNetInteractive=true", "-p:DotNetInteractiveVersion=1.2.3", "-getItem:Compile", "-getItem:PackageVersion");
        Assert.All(Sources, s => Assert.Contains($"\"{Path.GetFileName(s)}\"", items, StringComparison.Ordinal));
        Assert.Matches("""
            "Identity": "Microsoft.DotNet.Interactive",\s*"Version": "1.2.3"
            """, items);
    }

    [Fact]
    public void Its_sources_are_well_formed_and_know_nothing_of_MoELab_but_the_cells()
    {
        Assert.NotEmpty(Sources);
        foreach (var source in Sources)
        {
            var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(source), new CSharpParseOptions(LanguageVersion.Latest), cancellationToken: TestContext.Current.CancellationToken);
            Assert.DoesNotContain(tree.GetDiagnostics(TestContext.Current.CancellationToken), d => d.Severity == DiagnosticSeverity.Error);
            Assert.All(tree.GetCompilationUnitRoot(TestContext.Current.CancellationToken).Usings.Select(u => u.Name!.ToString()).Where(n => n.StartsWith("MoELab", StringComparison.Ordinal)),
                name => Assert.True(name is "MoELab.Errors" || name.StartsWith("MoELab.Cells", StringComparison.Ordinal), name));
        }
    }

    private static string[] Sources => Directory.GetFiles(Repository.PathOf(Folder), "*.cs");

    private static string Evaluate(params string[] arguments) => PackedFixture.Dotnet(Repository.PathOf(Folder), ["msbuild", .. arguments]);
}
