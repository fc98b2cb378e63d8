using Microsoft.DotNet.Interactive.Documents;
using MoELab.Documents;

namespace MoELab.Tests.OutsideReaders;

/// <summary>The <c>.dib</c> files that MoELab writes, read by the library with which Polyglot Notebooks reads them, and the other way round.</summary>
public sealed class DotNetInteractiveDocumentTests
{
    public static TheoryData<string> Notebooks => [.. Directory.GetFiles(Repository.PathOf("notebooks"), "*.ipynb").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Notebooks))]
    public void A_dib_of_ours_has_the_same_cells_there(string notebook)
    {
        var ours = NotebookDocument.Read(Path.Combine(Repository.PathOf("notebooks"), notebook));
        Assert.Equal(ours.Cells.Select(Cell), Read(DibFormat.ToText(ours)));
    }

    [Fact]
    public void Cells_that_only_we_have_stay_cells_there()
    {
        var ours = new NotebookDocument
        {
            Cells =
            [
                new(CellKind.Markdown, "# title"), new(CellKind.Code, "var x = 1;\n\nx"), new(CellKind.Code, "#!run\nrecipe: lab-tiny"), new(CellKind.Raw, "raw *text*"),
                new(CellKind.Code, "#!sql\nselect 1"), new(CellKind.Code, "#!plugin mine\nclass C;"), new(CellKind.Code, "#!fsharp\nlet y = 2"), new(CellKind.Raw, "more"),
            ],
        };
        Assert.Equal(ours.Cells.Select(Cell), Read(DibFormat.ToText(ours)));
    }

    [Fact]
    public void A_dib_of_theirs_has_the_same_cells_here()
    {
        var theirs = new InteractiveDocument
        {
            new InteractiveDocumentElement("# title", "markdown"), new InteractiveDocumentElement("var x = 1;\n\n#!time\nx", "csharp"),
            new InteractiveDocumentElement("let y = 2", "fsharp"), new InteractiveDocumentElement("select 1", "sql"),
        };
        var read = DibFormat.Parse(theirs.ToCodeSubmissionContent(), "a.dib");
        Assert.Equal(theirs.Elements.Select(e => (e.KernelName!, e.Contents)), read.Cells.Select(Cell));
    }

    private static (string, string) Cell(NotebookCell cell)
    {
        if (cell.Kind != CellKind.Code)
            return (cell.Kind == CellKind.Markdown ? "markdown" : "raw", cell.Source.Trim('\n'));
        return cell.Source.Split('\n', 2) is [['#', '!', .. var name], var body] && (CellLanguages.IsKnown(name) || name == "run") ? (name, body.Trim('\n')) : ("csharp", cell.Source.Trim('\n'));
    }

    // Only the kernels of .NET Interactive; what else there is the file has to say.
    private static IEnumerable<(string, string)> Read(string dib)
    {
        var kernels = new KernelInfoCollection
        {
            new KernelInfo("csharp", "C#", ["c#", "cs"]), new KernelInfo("fsharp", "F#", ["f#", "fs"]), new KernelInfo("pwsh", "PowerShell", ["powershell"]), new KernelInfo("javascript", "JavaScript", ["js"]),
            new KernelInfo("html"), new KernelInfo("markdown", "Markdown", ["md"]), new KernelInfo("mermaid"), new KernelInfo("sql"), new KernelInfo("kql"), new KernelInfo("http"), new KernelInfo("value"),
        };
        kernels.DefaultKernelName = "csharp";
        return CodeSubmission.Parse(dib, kernels).Elements.Select(e => (e.KernelName!, e.Contents));
    }
}
