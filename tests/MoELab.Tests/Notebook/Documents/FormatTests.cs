using FsCheck;
using FsCheck.Fluent;
using MoELab.Documents;

namespace MoELab.Tests.Notebook.Documents;

/// <summary>Notebook files in and out.</summary>
public sealed class FormatTests
{
    [Fact]
    public void Any_notebook_survives_ipynb_with_everything_that_it_says() => Prop.ForAll(AnyNotebook().ToArbitrary(), notebook =>
    {
        var text = IpynbFormat.ToText(notebook);
        return Same(notebook, IpynbFormat.Parse(text, "a")) && IpynbFormat.ToText(IpynbFormat.Parse(text, "a")) == text;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_notebook_survives_ipynb_to_dib_to_ipynb() => Prop.ForAll(AnyNotebook().ToArbitrary(), notebook =>
    {
        var first = IpynbFormat.Parse(IpynbFormat.ToText(notebook), "a");
        var dib = DibFormat.ToText(first);
        var second = IpynbFormat.Parse(IpynbFormat.ToText(DibFormat.Parse(dib, "b")), "c");
        return Same(first, second) && DibFormat.ToText(second) == dib;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_notebook_of_the_csharp_kernel_of_dotnet_interactive_becomes_ours()
    {
        var notebook = IpynbFormat.Parse("""
            {"cells": [
             {"cell_type": "code", "execution_count": 3, "metadata": {"dotnet_interactive": {"language": "csharp"}, "polyglot_notebook": {"kernelName": "csharp"}, "mine": 1}, "outputs": [], "source": ["var x = 1;\n", "x"]},
             {"cell_type": "code", "execution_count": null, "metadata": {"polyglot_notebook": {"kernelName": "fsharp"}}, "outputs": [], "source": "let y = 2"},
             {"cell_type": "code", "execution_count": null, "metadata": {"dotnet_interactive": {"language": "sql"}}, "outputs": [], "source": "#!sql\nselect 1"},
             {"cell_type": "markdown", "metadata": {"dotnet_interactive": {"language": "markdown"}}, "source": "# title"}],
             "metadata": {"kernelspec": {"display_name": ".NET (C#)", "language": "C#", "name": ".net-csharp"}, "language_info": {"name": "polyglot-notebook"}, "polyglot_notebook": {"kernelInfo": {"defaultKernelName": "csharp", "items": []}}, "other": {"a": [1]}},
             "nbformat": 4, "nbformat_minor": 2}
            """, "a");
        Assert.Equal("csharp", notebook.Language);
        Assert.Equal(["var x = 1;\nx", "#!fsharp\nlet y = 2", "#!sql\nselect 1", "# title"], notebook.Cells.Select(c => c.Source));
        var written = JsonNode.Parse(IpynbFormat.ToText(notebook))!;
        Assert.Equal(("moelab", 5), ((string?)written["metadata"]!["kernelspec"]!["name"], (int)written["nbformat_minor"]!));
        Assert.Equal(("csharp", ".cs", "text/x-csharp"), ((string?)written["metadata"]!["language_info"]!["name"], (string?)written["metadata"]!["language_info"]!["file_extension"], (string?)written["metadata"]!["language_info"]!["mimetype"]));
        Assert.Equal("{\"a\":[1]}", written["metadata"]!["other"]!.ToJsonString());
        Assert.Equal("{\"mine\":1}", written["cells"]![0]!["metadata"]!.ToJsonString());
        Assert.All(written["cells"]!.AsArray(), c => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", (string)c!["id"]!));
        Assert.Equal(4, written["cells"]!.AsArray().Select(c => (string)c!["id"]!).Distinct().Count());
    }

    [Fact]
    public void A_dib_of_polyglot_notebooks_is_read()
    {
        var notebook = DibFormat.Parse("#!meta\r\n\r\n{\"kernelInfo\":{\"defaultKernelName\":\"csharp\",\"items\":[{\"name\":\"csharp\"},{\"name\":\"sql-shop\"}]},\"author\":\"a\"}\r\n\r\n#!csharp\r\n\r\nvar x = 1;\r\n\r\n#!time\r\nx\r\n\r\n#!markdown\r\n\r\n# title\r\n\r\n#!sql-shop\r\n\r\nselect 1\r\n#!c#\r\n2", "a");
        Assert.Equal([(CellKind.Code, "var x = 1;\n\n#!time\nx"), (CellKind.Markdown, "# title"), (CellKind.Code, "#!sql-shop\nselect 1"), (CellKind.Code, "2")], notebook.Cells.Select(c => (c.Kind, c.Source)));
        Assert.Equal("a", (string?)notebook.Metadata["author"]);
        Assert.Contains("\n#!sql-shop\n\nselect 1\n", DibFormat.ToText(notebook), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dib_without_a_header_begins_with_CSharp() =>
        Assert.Equal(["1 + 1", "# a"], DibFormat.Parse("\n1 + 1\n\n#!markdown\n# a\n", "a").Cells.Select(c => c.Source));

    [Fact]
    public void What_is_no_notebook_is_refused_with_its_name()
    {
        Assert.StartsWith("a.ipynb: not JSON at line 1", Refused("{"), StringComparison.Ordinal);
        Assert.StartsWith("a.ipynb: nbformat is 3; expected 4", Refused("{\"nbformat\": 3, \"worksheets\": []}"), StringComparison.Ordinal);
        Assert.StartsWith("a.ipynb: not a notebook", Refused("[]"), StringComparison.Ordinal);
        Assert.StartsWith("a.ipynb: cell 1 is of the type 'heading'", Refused("{\"nbformat\": 4, \"metadata\": {}, \"cells\": [{\"cell_type\": \"heading\", \"metadata\": {}, \"source\": \"\"}]}"), StringComparison.Ordinal);
        Assert.StartsWith("a.ipynb: not a valid notebook", Refused("{\"nbformat\": 4, \"metadata\": [], \"cells\": []}"), StringComparison.Ordinal);
        Assert.StartsWith("a.dib: not JSON at line 3", Assert.Throws<InputException>(() => DibFormat.Parse("#!meta\n\n{x}\n\n#!csharp\n1", "a.dib")).Message, StringComparison.Ordinal);
    }

    private static string Refused(string text) => Assert.Throws<InputException>(() => IpynbFormat.Parse(text, "a.ipynb")).Message;

    private static bool Same(NotebookDocument a, NotebookDocument b) => a.Cells.Count == b.Cells.Count && a.Cells.Zip(b.Cells).All(p =>
        p.First.Kind == p.Second.Kind && p.First.Source == p.Second.Source && JsonNode.DeepEquals(p.First.Metadata, p.Second.Metadata) && JsonNode.DeepEquals(p.First.Attachments, p.Second.Attachments))
        && (string?)a.Metadata["title"] == (string?)b.Metadata["title"];

    // Sources as .dib can hold them: no empty lines at their ends, and none right below a magic.
    private static Gen<NotebookDocument> AnyNotebook()
    {
        var line = Gen.Elements("var x = 1;", "", "  indented", "#!markdown", "#!csharp", " #!csharp", "  #!sql", "#!meta", "#!time", "#!run --start", "# title", "#!js", "\ttab \"quoted\" \\ </script>", "ü 😀 \u2028");
        var body = line.ListOf().Select(l => string.Join('\n', l).Trim('\n'));
        var source = Gen.OneOf(body, body.Select(b => b.Length == 0 ? "#!sql" : "#!sql\n" + b), Gen.Constant("#!mermaid"), Gen.Constant(""));
        var metadata = Gen.Elements("{}", "{\"tags\":[\"parameters\"]}", "{\"unknown\":{\"a\":[1,null,\"x\"]}}");
        var kind = Gen.Elements(CellKind.Code, CellKind.Code, CellKind.Markdown, CellKind.Raw);
        var cell = from k in kind
                   from s in source
                   from m in metadata
                   from attached in Gen.Elements(true, false)
                   select new NotebookCell(k, Normal(k, s)) { Metadata = (JsonObject)JsonNode.Parse(m)!, Attachments = attached && k == CellKind.Markdown ? new JsonObject { ["a.png"] = new JsonObject { ["image/png"] = "AA==" } } : null };
        return from cells in cell.ListOf() select new NotebookDocument { Cells = [.. cells], Metadata = new JsonObject { ["title"] = "a" } };
    }

    private static string Normal(CellKind kind, string source) => kind == CellKind.Code && source.StartsWith("#!", StringComparison.Ordinal) && source.IndexOf('\n', StringComparison.Ordinal) is var end and > 0
        ? source[..end] + "\n" + source[end..].TrimStart('\n')
        : source;
}
