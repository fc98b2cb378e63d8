using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Documents;
using MoELab.Plugins;
using MoELab.Tests.Notebook.Cells;

namespace MoELab.Tests.Notebook.Documents;

/// <summary>What notebooks of Polyglot Notebooks find here, and what is refused by name.</summary>
public sealed class PolyglotTests : IDisposable
{
    private readonly NotebookSession _session = NotebookHost.Create(new Lab(TestFolders.New(), PluginCatalog.Discover()));

    public void Dispose() => _session.Dispose();

    private async Task<(CellResult Result, RecordedOutput Output)> Run(string code)
    {
        var output = new RecordedOutput();
        return (await _session.Execute(code, output, TestContext.Current.CancellationToken), output);
    }

    [Fact]
    public async Task Names_of_languages_have_aliases_and_any_case()
    {
        Assert.Equal("3", (await Run("#!C#\n1 + 2")).Output.Results.Single().Plain);
        Assert.Equal("7", (await Run("#!CSharp\n3 + 4")).Output.Results.Single().Plain);
        Assert.Equal("# a", (await Run("#!md\n# a")).Output.Displays.Single().Data.Forms["text/markdown"]);
        Assert.Contains("let a", (string)(await Run("#!js\nlet a = 1")).Output.Displays.Single().Data.Forms["text/html"], StringComparison.Ordinal);
        Assert.StartsWith("MoELab ", (await Run("#!about")).Output.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Displays_of_dotnet_interactive_show_the_same()
    {
        var table = await Run("new[] { new { Name = \"Ada\", Born = 1815 } }.DisplayTable();");
        Assert.Contains("<td>Ada</td>", (string)table.Output.Displays.Single().Data.Forms["text/html"], StringComparison.Ordinal);
        Assert.Equal("\\frac{a}{b}", (await Run("(LaTeXString)@\"\\frac{a}{b}\"")).Output.Results.Single().Forms["text/latex"]);
        Assert.Equal("$$x^2$$", (await Run("(MathString)\"x^2\"")).Output.Results.Single().Forms["text/latex"]);
        var script = await Run("Javascript(\"alert(1)\");");
        Assert.Contains("alert(1)", (string)script.Output.Displays.Single().Data.Forms["text/html"], StringComparison.Ordinal);
        Assert.Equal("<style>b{color:red}</style>", (await Run("CSS(\"b{color:red}\");")).Output.Displays.Single().Data.Forms["text/html"]);
        var (result, output) = await Run(
            "using Microsoft.DotNet.Interactive;\nusing static Microsoft.DotNet.Interactive.Formatting.PocketViewTags;\nb(\"x\")");
        Assert.True(result.Succeeded, result.Error?.ToString());
        Assert.Equal("<b>x</b>", output.Results.Single().Forms["text/html"]);
    }

    [Theory]
    [InlineData("#!fsharp\nlet x = 1", "F# cells do not run here")]
    [InlineData("#!pwsh\nGet-Item .", "PowerShell cells do not run here")]
    [InlineData("#!http\nGET https://example.org", "HTTP cells do not run here")]
    [InlineData("#!value --name a\ntext", "value cells do not run here")]
    [InlineData("#!connect mssql --kernel-name shop", "other kernels cannot be connected")]
    [InlineData("#i \"nuget:https://example.org/index.json\"", "a cell cannot add a source of packages")]
    [InlineData("Kernel.Root", "the kernel API of .NET Interactive is not part of this notebook")]
    [InlineData("using Microsoft.DotNet.Interactive.Commands;", "the kernel API of .NET Interactive is not part of this notebook")]
    public async Task What_is_not_here_is_refused_in_a_sentence(string code, string sentence)
    {
        var (result, _) = await Run(code);
        Assert.Contains(sentence, result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("2", (await Run("1 + 1")).Output.Results.Single().Plain);
    }

    [Fact]
    public void Cells_of_a_notebook_for_another_kernel_of_dotnet_interactive_say_what_they_are() =>
        Assert.Equal(["#!fsharp\nlet a = 1", "var b = 2;"], IpynbFormat.Parse("""
            {"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": "let a = 1"},
             {"cell_type": "code", "metadata": {"dotnet_interactive": {"language": "csharp"}}, "outputs": [], "source": "var b = 2;"}],
             "metadata": {"kernelspec": {"name": ".net-fsharp", "language": "F#"}}, "nbformat": 4, "nbformat_minor": 2}
            """, "a").Cells.Select(c => c.Source));
}
