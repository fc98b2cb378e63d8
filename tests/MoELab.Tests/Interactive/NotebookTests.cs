using System.Diagnostics;
using MoELab.Tests.EndToEnd;
using MoELab.Tests.Jupyter;

namespace MoELab.Tests.Interactive;

/// <summary>One notebook under Jupyter with .NET Interactive's kernel and the packed package, and the same text under MoELab's own.</summary>
public sealed class NotebookTests
{
    private static readonly string[] Common =
    [
        LeanBalancer.Cell,
        "#!run first --name first --start\nrecipe: lab-tiny\ntraining: { steps: 8 }\nschedule: [ { step: 4, set: { balancer: { name: lean, gamma: 0.02 } } } ]",
        "await first.Completion;\nConsole.WriteLine(first.Read().Status);",
        "first.Views.Loss()",
        "first.Views.Routing()",
        "#!sql --name losses\nselect step, loss from steps where run = 'first' order by step",
        "Console.WriteLine(losses.Count + \" \" + lab.Query(\"select run from runs\").Count);",
        "first.Views.Loss().Plotly()",
        "using Plotly.NET;\nvar trace = new Trace(\"scatter\");\ntrace.SetProperty(\"x\", new[] { 1, 2, 3 });\ntrace.SetProperty(\"y\", new[] { 2, 3, 5 });\nGenericChart.ofTraceObject(true, trace)",
        "#!study tried --name tried --run\nrecipe: { recipe: lab-tiny, training: { eval_tokens: 2048 } }\narms: { smebu: {}, none: { balancer: none } }\nseeds: 1\nbudget: 1 steps",
        "Console.WriteLine(string.Join(\" \", tried.Results.Select(r => r.Arm + \" \" + r.Metrics[\"loss\"])));",
    ];

    [Fact]
    public void The_same_notebook_trains_and_shows_the_same_in_both_hosts()
    {
        var (python, tools) = (OutsideClientTests.Python, InteractiveTool.Folder);
        if (python is null || Shell.Run(python, "-c", "import nbclient").Exit != 0)
            Assert.Skip("no Python with nbclient");
        using var tool = new InteractiveTool();
        var kernels = Directory.CreateDirectory(Path.Combine(tool.Work, "kernels")).FullName;
        Finish(tool.Start(Path.Combine(tools, "dotnet-interactive"), "jupyter", "install", "--path", kernels));

        string[] cells = [tool.Load, "#r \"nuget: Plotly.NET.Interactive, 6.0.0\"", .. Common, "var answer = 42;",
            "#!moelab\n#!share answer --from csharp\nConsole.WriteLine(answer + lab.Runs.Count);"];
        var (book, executed, seen) = (tool.Work + "/book.ipynb", tool.Work + "/executed.ipynb", tool.Work + "/seen.json");
        File.WriteAllText(book, Notebook(cells));
        var start = tool.Start(python, Repository.PathOf("tests/MoELab.Tests/Interactive/interactive.py"), book, executed, seen);
        start.Environment["JUPYTER_PATH"] = tool.Work;
        start.Environment["JUPYTER_RUNTIME_DIR"] = Directory.CreateDirectory(Path.Combine(tool.Work, "runtime")).FullName;
        Finish(start);

        var own = TestFolders.New("own");
        File.WriteAllText(Path.Combine(own, "book.ipynb"), Notebook(Common));
        Finish(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "notebook", "run", "book.ipynb", "--output", "executed.ipynb"])
        {
            WorkingDirectory = own,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });

        var (theirs, ours) = (Outputs(executed)[2..], Outputs(Path.Combine(own, "executed.ipynb")));
        // A run depends on its recipe, seed and threads alone.
        Assert.Equal(File.ReadAllBytes(Path.Combine(own, "runs", "first", "routing.bin")), File.ReadAllBytes(Path.Combine(tool.Work, "runs", "first", "routing.bin")));
        Assert.Contains("Finished", Text(ours[2], "text"), StringComparison.Ordinal);
        Assert.Contains("Finished", Text(theirs[2], "text"), StringComparison.Ordinal);
        // The cell's plugin is compiled against what each host has, so its hash differs.
        foreach (var view in new[] { 3, 4 })
            Assert.Equal(WithoutHash(Text(ours[view], "image/svg+xml")), WithoutHash(Text(theirs[view], "image/svg+xml")));
        Assert.Contains("8 1", Text(theirs[6], "text"), StringComparison.Ordinal);
        foreach (var format in new[] { "text/plain", "text/html" })
            Assert.Equal(Text(ours[5], format), Text(theirs[5], format));
        Assert.Equal(8, Text(ours[5], "text/plain").Split('\n').Count(l => l.Length > 0 && char.IsDigit(l.Trim()[0])));
        // Without a network, the view's chart and the user's are drawn by MoELab; here, Plotly.NET.Interactive draws the user's, as without MoELab.
        foreach (var chart in new[] { Text(ours[7], "text/html"), Text(ours[8], "text/html"), Text(theirs[7], "text/html") })
            Assert.Contains("plotly-live", chart, StringComparison.Ordinal);
        Assert.Contains("fsharpPlotlyRequire", Text(theirs[8], "text/html"), StringComparison.Ordinal);
        Assert.Contains("45", Text(theirs[^1], "text"), StringComparison.Ordinal);

        Assert.Matches("smebu [0-9.]+ none [0-9.]+", Text(ours[10], "text"));
        Assert.Equal(Text(ours[10], "text"), Text(theirs[10], "text"));
        Assert.Contains("2 of 2", Text(theirs[9], "text/plain"), StringComparison.Ordinal);
        // The card below the cell that started the run moves while the next cell waits, and ends with it.
        Assert.Contains("first: finished, step 8 of 8", Text(theirs[1], "text/plain"), StringComparison.Ordinal);

        var answers = JsonNode.Parse(File.ReadAllText(seen))!.AsObject();
        Assert.Equal("[13,15,[\"Runs\"]]", answers["#!moelab\nlab.Ru"]!.ToJsonString());
        Assert.Equal("[28,31,[\"Write\"]]", answers["#!moelab\nvar z = 1;\nConsole.Wri"]!.ToJsonString());
        Assert.Equal("[14,19,[\"lab-tiny\"]]", answers["#!run\nrecipe: lab-t"]!.ToJsonString());
        Assert.Contains("the cell was interrupted", (string?)answers.Single(a => a.Key.Contains("while (true)", StringComparison.Ordinal)).Value, StringComparison.Ordinal);
        // What the cell awaited goes on without it, and it says how one comes back to it.
        Assert.Contains("the cell was interrupted; run 'again' goes on; lab.Attach(\"again\") returns it, and Stop() on that ends it",
            (string?)answers.Single(a => a.Key.Contains("again.Completion", StringComparison.Ordinal)).Value, StringComparison.Ordinal);
        Assert.Contains("Stopped", (string?)answers["stopped"], StringComparison.Ordinal);
        Assert.Equal("alive 4", (string?)answers["alive"]);
    }

    private static string WithoutHash(string text) => System.Text.RegularExpressions.Regex.Replace(text, "lean@[0-9a-f]{16}", "lean");

    private static void Finish(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{start.FileName} {string.Join(' ', start.ArgumentList)}: exit code {process.ExitCode}\n{output}\n{error.Result}");
    }

    private static string Notebook(IEnumerable<string> cells) => new JsonObject
    {
        ["cells"] = new JsonArray([.. cells.Select((code, i) => new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = $"cell-{i}",
            ["metadata"] = new JsonObject(),
            ["outputs"] = new JsonArray(),
            ["source"] = code,
        })]),
        ["metadata"] = new JsonObject { ["language_info"] = new JsonObject { ["name"] = "csharp" } },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    }.ToJsonString();

    private static JsonArray[] Outputs(string notebook) => [.. JsonNode.Parse(File.ReadAllText(notebook))!["cells"]!.AsArray().Select(c => c!["outputs"]!.AsArray())];

    // All of a cell's outputs in one format, or what it wrote.
    private static string Text(JsonArray outputs, string format) => string.Concat(outputs.Select(o => format == "text" ? o!["text"] : o!["data"]?[format])
        .Select(t => t is JsonArray lines ? string.Concat(lines.Select(l => (string?)l)) : (string?)t));
}
