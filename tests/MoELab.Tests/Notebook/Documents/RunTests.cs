using MoELab.Documents;
using MoELab.Tests.Cli;

namespace MoELab.Tests.Notebook.Documents;

/// <summary>Notebooks that the command line runs and converts.</summary>
public sealed class RunTests
{
    private readonly string _folder = TestFolders.New();

    [Fact]
    public void Outputs_counts_and_times_are_written()
    {
        var path = Notebook(("code", "Console.Write(\"a\"); Console.Write(\"b\\n\"); Console.Error.Write(\"e\"); var shown = display(\"first\"); 6 * 7"), ("markdown", "# text"), ("code", "shown.Update(\"second\"); display(HTML(\"<b>x</b>\"));"), ("code", ""));
        var run = Run(path, "--output", Out("o.ipynb"), "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal([1, 3], run.Json["cells"]!.AsArray().Select(c => (int)c!["cell"]!));
        Assert.Null(run.Json["failed_cell"]);
        var cells = Written("o.ipynb");
        var outputs = cells[0]!["outputs"]!.AsArray();
        Assert.Equal(["stream", "stream", "display_data", "execute_result"], outputs.Select(o => (string)o!["output_type"]!));
        Assert.Equal("ab\n", Text(outputs[0]!["text"]));
        Assert.Equal("stderr", (string?)outputs[1]!["name"]);
        Assert.Equal("second", Text(outputs[2]!["data"]!["text/plain"]));
        Assert.Equal(("42", 1), (Text(outputs[3]!["data"]!["text/plain"]), (int)outputs[3]!["execution_count"]!));
        Assert.Equal("<b>x</b>", Text(cells[2]!["outputs"]![0]!["data"]!["text/html"]));
        Assert.Equal([1, 2, 0], new[] { 0, 2, 3 }.Select(i => (int?)cells[i]!["execution_count"] ?? 0));
        var times = cells[0]!["metadata"]!["execution"]!;
        Assert.True(DateTime.Parse((string)times["iopub.status.idle"]!, null) >= DateTime.Parse((string)times["iopub.status.busy"]!, null));
    }

    [Fact]
    public void Parameters_are_injected_as_values_of_the_declared_types()
    {
        var path = Notebook(("code", "int steps = 20; var kappa = 1.0; float rate = 0.5f; string name = \"a\"; var many = new[] { 1, 2 }; DayOfWeek day = DayOfWeek.Monday; double? limit = 3; bool on = false; long big = 1; decimal price = 1m; List<string> words = [];"), ("code", "$\"{steps + 1} {kappa.GetType().Name} {kappa} {rate} {name} {many.Sum()} {day} {limit is null} {on} {big} {price} {string.Join('-', words)}\""));
        Tag(path, 0, "parameters");
        var run = Run(path, "-p", "steps=50", "-p", "kappa=3", "-p", "rate=2.5", "-p", "name=12", "-p", "many=[4, 5]", "-p", "day=friday", "-p", "limit=null", "-p", "on=true", "-p", "big=5000000000", "-p", "price=2.50", "-p", "words=[\"x\", \"y\\\"\"]", "--output", Out("o.ipynb"));
        Assert.True(run.Exit == 0, run.Error);
        var cells = Written("o.ipynb");
        Assert.Equal(3, cells.Count);
        Assert.Equal("injected-parameters", (string?)cells[1]!["metadata"]!["tags"]![0]);
        Assert.Contains("kappa = 3;", Text(cells[1]!["source"]), StringComparison.Ordinal);
        Assert.Equal("51 Double 3 2.5 12 9 Friday True True 5000000000 2.50 x-y\"", Text(cells[2]!["outputs"]![0]!["data"]!["text/plain"]));
        // Running the result again replaces the cell.
        Assert.Equal(0, Run(Out("o.ipynb"), "-p", "steps=7", "--output", Out("again.ipynb")).Exit);
        Assert.Equal("// Parameters\nsteps = 7;", Text(Assert.Single(Written("again.ipynb"), c => (string?)c!["metadata"]!["tags"]?[0] == "injected-parameters")!["source"]));
    }

    [Fact]
    public void A_name_with_a_question_mark_tells_what_it_is_and_cells_are_counted_with_the_injected_one()
    {
        var path = Notebook(("code", "int steps = 20;"), ("code", "lab.Start?"));
        Tag(path, 0, "parameters");
        var run = Run(path, "-p", "steps=1", "--output", Out("o.ipynb"));
        Assert.True(run.Exit == 0, run.Error);
        Assert.Equal(["cell 1 of 3", "cell 2 of 3", "cell 3 of 3"], run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(':')[0]));
        var told = Text(Written("o.ipynb")[2]!["outputs"]![0]!["data"]!["text/markdown"]);
        Assert.StartsWith("```csharp\nRun Lab.Start(", told, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', told);
    }

    [Fact]
    public void A_parameter_that_the_notebook_does_not_have_is_refused_before_anything_runs()
    {
        var path = Notebook(("code", "File.WriteAllText(\"ran.txt\", \"\");"), ("code", "var kappa = 1.0; int steps = 2;"));
        Assert.Contains("no cell", Run(path, "-p", "kappa=1").Refused().Replace("a cell with the tag 'parameters'", "no cell", StringComparison.Ordinal), StringComparison.Ordinal);
        Tag(path, 1, "parameters");
        var sentence = Run(path, "-p", "kapa=3", "--output", Out("o.ipynb")).Refused();
        Assert.Equal("-p kapa: the notebook has no such parameter; it has kappa, steps", sentence);
        Assert.False(File.Exists(Out("o.ipynb")));
        Assert.Contains("expected name=value", Run(path, "-p", "kappa").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_another_type_is_refused()
    {
        var path = Notebook(("code", "int steps = 20;"));
        Tag(path, 0, "parameters");
        foreach (var value in new[] { "abc", "2.5", "null", "[1]", "99999999999", "{\"a\": 1, \"a\": 2}", "\"\\ud800\"" })
        {
            var run = Run(path, "-p", $"steps={value}");
            Assert.Equal(2, run.Exit);
            Assert.Contains($"-p steps={value}: wrong type; expected a value of type int", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_failing_cell_ends_the_run_with_its_lines_and_what_ran_is_written()
    {
        var path = Notebook(("markdown", "# a"), ("code", "Console.WriteLine(1);"), ("code", "var a = 1;\nthrow new InvalidOperationException(\"no\");"), ("code", "Console.WriteLine(2);"));
        var run = Run(path, "--output", Out("o.ipynb"), "--json");
        Assert.Equal(1, run.Exit);
        Assert.Contains("cell 3 failed: System.InvalidOperationException: no", run.Error, StringComparison.Ordinal);
        Assert.Contains(">   2 | throw new InvalidOperationException(\"no\");", run.Error, StringComparison.Ordinal);
        Assert.Equal((3, 2), ((int)run.Json["failed_cell"]!["cell"]!, (int)run.Json["failed_cell"]!["line"]!));
        var cells = Written("o.ipynb");
        Assert.Equal("1\n", Text(cells[1]!["outputs"]![0]!["text"]));
        Assert.Equal(("error", "System.InvalidOperationException", "no"), ((string)cells[2]!["outputs"]![0]!["output_type"]!, (string)cells[2]!["outputs"]![0]!["ename"]!, (string)cells[2]!["outputs"]![0]!["evalue"]!));
        Assert.Empty(cells[3]!["outputs"]!.AsArray());
    }

    [Fact]
    public void A_cell_that_may_fail_does_not_end_the_run_and_a_skipped_one_does_not_run()
    {
        var path = Notebook(("code", "throw new InvalidOperationException(\"no\");"), ("code", "throw new InvalidOperationException(\"never\");"), ("code", "5"));
        Tag(path, 0, "raises-exception");
        Tag(path, 1, "skip-execution");
        Assert.Equal(0, Run(path, "--output", Out("o.ipynb")).Exit);
        var cells = Written("o.ipynb");
        Assert.Equal("error", (string?)cells[0]!["outputs"]![0]!["output_type"]);
        Assert.Empty(cells[1]!["outputs"]!.AsArray());
        Assert.Equal("5", Text(cells[2]!["outputs"]![0]!["data"]!["text/plain"]));
    }

    [Fact]
    public void An_unknown_cell_language_is_refused_with_the_cell_before_anything_runs()
    {
        var path = Notebook(("code", "File.WriteAllText(\"ran.txt\", \"\");"), ("code", "#!fsharp\nlet x = 1"));
        var sentence = Run(path).Refused();
        Assert.StartsWith("cell 2: '#!fsharp': F# cells do not run here", sentence, StringComparison.Ordinal);
        var other = Notebook(("code", "#!cobol\nDISPLAY 1."));
        Assert.StartsWith("cell 1: '#!cobol': no such magic or cell language; expected one of #!about", Run(other).Refused(), StringComparison.Ordinal);
        var python = Path.Combine(_folder, "python.ipynb");
        File.WriteAllText(python, "{\"cells\": [], \"metadata\": {\"kernelspec\": {\"name\": \"python3\", \"language\": \"python\"}}, \"nbformat\": 4, \"nbformat_minor\": 5}");
        Assert.Contains("'python'", Run(python).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_that_prints_a_hundred_megabytes_is_cut_with_a_sentence()
    {
        var path = Notebook(("code", "var line = new string('x', 1 << 20); for (var i = 0; i < 100; i++) Console.WriteLine(line);"), ("code", "1"));
        Assert.Equal(0, Run(path, "--output", Out("o.ipynb")).Exit);
        Assert.InRange(new FileInfo(Out("o.ipynb")).Length, 10 << 20, 11 << 20);
        var text = Text(Assert.Single(Written("o.ipynb")[0]!["outputs"]!.AsArray())!["text"]);
        Assert.EndsWith("[the output ends here: the cell printed more than 10 MB]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_has_only_the_time_that_it_is_given()
    {
        var path = Notebook(("code", "Console.WriteLine(1); while (true) { }"));
        var run = Run(path, "--timeout", "1", "--output", Out("o.ipynb"));
        Assert.Equal(1, run.Exit);
        Assert.Contains("cell 1 failed: CellTimeout: the cell ran longer than 1 seconds", run.Error, StringComparison.Ordinal);
        Assert.Equal("1\n", Text(Written("o.ipynb")[0]!["outputs"]![0]!["text"]));
    }

    [Fact]
    public void A_display_reaches_its_last_state_although_its_cell_has_ended()
    {
        var path = Notebook(("code", "var live = display(\"step 0\"); _ = Task.Run(async () => { for (var i = 1; i <= 5; i++) { await Task.Delay(60); live.Update($\"step {i}\"); } }); live.Update(\"step 0\");"));
        Assert.Equal(0, Run(path, "--output", Out("o.ipynb")).Exit);
        Assert.Equal("step 5", Text(Written("o.ipynb")[0]!["outputs"]![0]!["data"]!["text/plain"]));
    }

    [Fact]
    public void Nobody_answers_a_question()
    {
        var run = Run(Notebook(("code", "var name = input(\"name? \");")));
        Assert.Equal(1, run.Exit);
        Assert.Contains("make the value a parameter", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dib_runs_and_keeps_its_parameters()
    {
        var path = Notebook(("code", "int steps = 20;"), ("markdown", "# a"), ("code", "steps"));
        Tag(path, 0, "parameters");
        Assert.Equal(0, CliRun.Of("notebook", "convert", path, Out("a.dib")).Exit);
        Assert.Equal(0, Run(Out("a.dib"), "-p", "steps=3", "--output", Out("o.ipynb")).Exit);
        Assert.Equal("3", Text(Written("o.ipynb")[3]!["outputs"]![0]!["data"]!["text/plain"]));
    }

    [Fact]
    public void Converting_replaces_nothing_unasked_and_names_what_it_cannot_read_or_write()
    {
        var path = Notebook(("code", "1"));
        var dib = Out("a.dib");
        Assert.Equal(0, CliRun.Of("notebook", "convert", path, dib).Exit);
        Assert.Contains("--force", CliRun.Of("notebook", "convert", path, dib).Refused(), StringComparison.Ordinal);
        Assert.Equal(0, CliRun.Of("notebook", "convert", path, dib, "--force").Exit);
        Assert.Contains(".ipynb, .dib or .html", CliRun.Of("notebook", "convert", path, Out("a.txt")).Refused(), StringComparison.Ordinal);
        Assert.Contains(".ipynb or .dib", CliRun.Of("notebook", "convert", Out("a.html"), Out("b.dib")).Refused(), StringComparison.Ordinal);
        Assert.Contains("no such file", Run(Out("none.ipynb")).Refused(), StringComparison.Ordinal);
        Assert.Contains("--output", Run(path, "--output", Out("o.txt")).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_text_code_and_outputs_and_needs_no_network()
    {
        var path = Notebook(("markdown", "# A *title*\n\n| a | b |\n|---|---|\n| 1 | 2 |"), ("code", "// why\nvar s = \"<tag>\";\nConsole.WriteLine(s);\ns.Length"), ("code", "display(HTML(\"<b id=own>x</b>\")); \"# md\".DisplayAs(\"text/markdown\"); \"{\\\"a\\\":[1]}\".DisplayAs(\"application/json\");"),
            ("code", "var trace = new Plotly.NET.Trace(\"scatter\"); trace.SetProperty(\"x\", new[] { 1.0, 2 }); trace.SetProperty(\"y\", new[] { 3.0, 4 }); var chart = Plotly.NET.GenericChart.ofTraceObject(true, trace); display(chart); display(chart);"), ("code", "throw new Exception(\"<no>\");"));
        Assert.Equal(1, Run(path, "--html", Out("a.html")).Exit);
        var html = File.ReadAllText(Out("a.html"));
        Assert.Contains("<title>A *title*</title>", html, StringComparison.Ordinal);
        Assert.Contains("<em>title</em>", html, StringComparison.Ordinal);
        Assert.Contains("<td>2</td>", html, StringComparison.Ordinal);
        Assert.Contains("<span class=\"c\">// why</span>", html, StringComparison.Ordinal);
        Assert.Contains("<span class=\"s\">&quot;&lt;tag&gt;&quot;</span>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;tag&gt;\n", html, StringComparison.Ordinal);
        Assert.Contains("<b id=own>x</b>", html, StringComparison.Ordinal);
        Assert.Contains(">md</h1>", html, StringComparison.Ordinal);
        Assert.Contains("<b>System.Exception</b>: &lt;no&gt;", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("data-plotly><").Length - 1);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(html, "<script>.*?</script>", System.Text.RegularExpressions.RegexOptions.Singleline), m => m.Length > 1_000_000);
        Assert.DoesNotMatch("<(link|script|img)[^>]+(src|href)=\"?http", html);
    }

    private string Out(string name) => Path.Combine(_folder, name);

    private static CliRun Run(string path, params string[] options) => CliRun.Of(["notebook", "run", path, .. options]);

    private JsonArray Written(string name) => JsonNode.Parse(File.ReadAllText(Out(name)))!["cells"]!.AsArray();

    private static string Text(JsonNode? node) => IpynbFormat.Text(node);

    private string Notebook(params (string Kind, string Source)[] cells)
    {
        var path = Path.Combine(TestFolders.New(), "notebook.ipynb");
        var notebook = new NotebookDocument();
        foreach (var (kind, source) in cells)
            notebook.Cells.Add(new NotebookCell(kind == "code" ? CellKind.Code : CellKind.Markdown, source));
        notebook.Write(path);
        return path;
    }

    private static void Tag(string path, int cell, string tag)
    {
        var notebook = NotebookDocument.Read(path);
        notebook.Cells[cell].Metadata["tags"] = new JsonArray(tag);
        notebook.Write(path);
    }
}
