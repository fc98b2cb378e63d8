using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.Tests.Interactive;

/// <summary>The package in the tool as an editor drives it: one host, cells before and after it is loaded.</summary>
public sealed class StdioTests : IAsyncLifetime
{
    // What people write in such notebooks: console, values, tables, errors, variables of several languages, a package's chart.
    private static readonly string[] Public =
    [
        "Console.WriteLine(\"hello\"); Console.Error.WriteLine(\"careful\");",
        "record Point(int X, int Y);\nvar points = Enumerable.Range(0, 3).Select(i => new Point(i, i * i)).ToArray();\npoints",
        "var text = $\"{points.Sum(p => p.Y)} of {DateTime.UnixEpoch:yyyy-MM-dd}\";\ntext",
        "var shown = display(\"before\"); shown.Update(\"after\");",
        "using Microsoft.DotNet.Interactive.Formatting;\n\"<b>bold</b>\".DisplayAs(\"text/html\");",
        "int Twice(int n) => n * 2;\nawait Task.Delay(1); Twice(21)",
        "#!html\n<i>markup</i>",
        "#!fsharp\nlet square x = x * x\nsquare 7",
        "#!fsharp\n#!set --value @csharp:text --name shared\nshared.Length",
        "new Dictionary<string, int> { [\"a\"] = 1, [\"b\"] = 2 }",
        "nonsense",
        "throw new InvalidOperationException(\"no\");",
        "#!who",
        "class Lab { public int Run = 3; }\nnew Lab().Run",
    ];

    private InteractiveTool _tool = null!;
    private StdioHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _ = InteractiveTool.Folder;
        _tool = new InteractiveTool();
        _host = new StdioHost(_tool);
        await _host.Until(e => StdioHost.Type(e) == "KernelReady");
    }

    [Fact]
    public async Task The_package_adds_to_a_notebook_and_changes_none_of_its_cells()
    {
        var before = await Outputs();
        var load = await _host.Run(_tool.Load);
        Assert.Null(StdioHost.Failure(load));
        Assert.Equal(before, await Outputs());

        await Questions();
        await Cancelling();
        await Cuda();
        await Mistakes();
        await AnotherVersion();
    }

    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        _tool?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string[]> Outputs()
    {
        var outputs = new List<string>();
        foreach (var cell in Public)
            foreach (var one in await _host.Run(cell))
                // The order of the two streams is the host's affair, and so are the texts in which it numbers cells and displays.
                if (StdioHost.Type(one) is "ReturnValueProduced" or "DisplayedValueProduced" or "DisplayedValueUpdated" or "StandardOutputValueProduced"
                    or "StandardErrorValueProduced" or "ErrorProduced")
                    outputs.Add(cell + ": " + StdioHost.Type(one) + Plain(one["event"]!["formattedValues"]!.ToJsonString()));
                else if (StdioHost.Type(one) == "CommandFailed")
                    outputs.Add(cell + ": " + Plain(((string)one["event"]!["message"]!).Split('\n')[0]));
        return [.. outputs.Order(StringComparer.Ordinal)];
    }

    private static string Plain(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"Submission#\d+|[0-9a-f]{32}|[0-9a-f-]{36}", "#");

    private async Task Questions()
    {
        Assert.Equal((1, 4, 6, "Runs"), await FirstCompletion("#!moelab\nlab.Ru", 1, 6));
        Assert.Equal((2, 8, 11, "Write"), await FirstCompletion("#!moelab\nvar z = 1;\nConsole.Wri", 2, 11));
        Assert.Equal((1, 8, 13, "lab-tiny"), await FirstCompletion("#!run\nrecipe: lab-t", 1, 13));
        Assert.Equal((2, 7, 9, "run"), await FirstCompletion("var q = 1;\n#!sql\nselect ru", 2, 9));
        Assert.Equal((0, 6, 8, "--name"), await FirstCompletion("#!run --", 0, 8));

        foreach (var (code, line, character, meaning) in new[]
        {
            ("lab.Runs", 0, 6, "Every run in the directory"), ("#!moelab\nlab.Runs", 1, 6, "Every run in the directory"),
            ("#!run\nrecipe: lab-tiny\nbalancer: smebu", 2, 3, "how the expert bias moves"),
        })
        {
            var hover = await _host.Ask("RequestHoverText", code, line, character);
            Assert.Contains(meaning, Assert.Single(hover, e => StdioHost.Type(e) == "HoverTextProduced")["event"]!["content"]![0]!["value"]!.ToString(), StringComparison.Ordinal);
        }

        foreach (var (code, line, message) in new[]
        {
            ("#!run\nrecipe: lab-tiny\ntraning: 3", 2, "traning: unknown key; did you mean 'training'?"),
            ("var v = 1;\n#!run --name a\nrecipe: lab-tiny\ntraning: 3", 3, "traning: unknown key; did you mean 'training'?"),
            ("#!sql\nselect x frm y", 1, "syntax error at or near \"y\""),
            ("#!moelab\nint q = \"s\";", 1, "CS0029: Cannot implicitly convert type 'string' to 'int'"),
            ("int q = \"s\";", 0, "Cannot implicitly convert type 'string' to 'int'"),
        })
        {
            var found = Assert.Single((await _host.Diagnose(code)).Where(e => StdioHost.Type(e) == "DiagnosticsProduced").SelectMany(e => e["event"]!["diagnostics"]!.AsArray()))!;
            Assert.Equal((line, message), ((int)found["linePositionSpan"]!["start"]!["line"]!, (string)found["message"]!));
        }
    }

    private async Task<(int Line, int Start, int End, string First)> FirstCompletion(string code, int line, int character)
    {
        var found = Assert.Single(await _host.Ask("RequestCompletions", code, line, character), e => StdioHost.Type(e) == "CompletionsProduced")["event"]!;
        var (start, end) = (found["linePositionSpan"]!["start"]!, found["linePositionSpan"]!["end"]!);
        Assert.Equal((int)start["line"]!, (int)end["line"]!);
        return ((int)start["line"]!, (int)start["character"]!, (int)end["character"]!, (string)found["completions"]![0]!["insertText"]!);
    }

    private async Task Cancelling()
    {
        await _host.Run("#!moelab\nvar n = 0;");
        var endless = _host.Begin("SubmitCode", new JsonObject { ["code"] = "#!moelab\nwhile (true) { Thread.Sleep(10); if (++n == 3) Console.WriteLine(\"begun\"); }" });
        await _host.Until(e => StdioHost.Type(e) == "StandardOutputValueProduced");
        _host.Begin("Cancel", new JsonObject { ["targetKernelName"] = "moelab" });
        Assert.Equal("Command cancelled.", StdioHost.Failure(await _host.Finish(endless)));
        var (one, two) = (await Value("#!moelab\nn"), await Value("#!moelab\nn"));
        Assert.True(int.Parse(one, CultureInfo.InvariantCulture) >= 3, one);
        Assert.Equal(one, two);

        // A run outlives the cell that awaits it, and its variable does not; the cell says how it is found again.
        var awaits = _host.Begin("SubmitCode", new JsonObject { ["code"] = "var again = lab.Start(lab.Recipe(\"lab-tiny\").With(\"training.steps=100000\"), \"again\");\nConsole.WriteLine(\"begun\");\nawait again.Completion;" });
        await _host.Until(e => StdioHost.Type(e) == "StandardOutputValueProduced" && e["event"]!.ToJsonString().Contains("begun", StringComparison.Ordinal));
        _host.Begin("Cancel", new JsonObject { ["targetKernelName"] = "csharp" });
        var left = await _host.Finish(awaits);
        Assert.NotNull(StdioHost.Failure(left));
        Assert.Contains(StdioHost.Shown(left, "text/plain"), t => t.StartsWith("the cell was interrupted; run 'again' goes on; lab.Attach(\"again\") returns it, and Stop() on that ends it", StringComparison.Ordinal));
        Assert.Contains("again", StdioHost.Failure(await _host.Run("again.Stop();")), StringComparison.Ordinal);
        Assert.Equal("Stopped", await Value("var found = lab.Attach(\"again\");\nfound.Stop();\nawait found.Completion;\nfound.Read().Status.ToString()"));
        // The cancelled cell ends with its run, and the host then puts its state in the place of what later cells declared.
        await Task.Delay(3000, TestContext.Current.CancellationToken);
    }

    private async Task Mistakes()
    {
        foreach (var (cell, sentence) in new[]
        {
            ("#!run\nrecipe: lab-tiny\ntrining: 3", "InputException: line 3: trining: unknown key; did you mean 'training'?"),
            ("#!sql\nselect run, loss frm runs", "SQL: line 2: syntax error at or near \"runs\""),
            ("#!plugin define\n[Plugin(\"tilt\", \"t\")]\npublic sealed class Tilt : IBalancer { }", "CS0535: line 3: 'Tilt' does not implement"),
            // Without the host's lines about the stack.
            ("lab.Start(\"lab-tiny\", \"a/b\");", "InputException: run name 'a/b': not usable as a folder; expected letters, digits, '-', '_' or '.'"),
        })
        {
            var said = StdioHost.Failure(await _host.Run(cell));
            Assert.Contains(sentence, said, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        }
        // Loaded again, it is the same lab.
        Assert.Equal("True", await Value("Object.ReferenceEquals(lab, MoELab.Interactive.KernelExtension.Load(Microsoft.DotNet.Interactive.KernelInvocationContext.Current.HandlingKernel)).ToString()"));
    }

    // On a machine without a GPU, too: the cell compiles if there is a compiler, and says why it does not run.
    private async Task Cuda()
    {
        const string Twice = "#!cuda twice\nextern \"C\" __global__ void twice(float* x, int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            + "    if (i < n) x[i] *= 2.0f;\n}";
        var compiler = CudaCompiler.Find(out var missing);
        var events = await _host.Run(Twice);
        Assert.Null(StdioHost.Failure(events));
        var said = Assert.Single(StdioHost.Shown(events, "text/plain")).TrimEnd();
        Assert.StartsWith(compiler is null ? $"twice: not compiled here: {missing}; " : "twice: compiled for ", said, StringComparison.Ordinal);
        Assert.Contains("; it is the variable twice", said, StringComparison.Ordinal);
        var runs = CudaDevice.Find(0, out var reason) is not null;
        Assert.EndsWith(runs ? "variable twice" : $"; it cannot run here, because {reason}", said, StringComparison.Ordinal);
        Assert.Equal("twice", await Value("twice.Name"));
        if (!runs)
            Assert.Contains($"twice cannot run here: {reason}", StdioHost.Failure(await _host.Run("twice.Launch(1, 32, 0, 4);")), StringComparison.Ordinal);
        if (compiler is not null)
            Assert.Equal("CudaCompile: line 5: identifier \"q\" is undefined",
                StdioHost.Failure(await _host.Run(Twice.Replace("x[i] *=", "q[i] *=", StringComparison.Ordinal))));
    }

    // A second notebook, with another version of the package, beside the first: each keeps its own.
    private async Task AnotherVersion()
    {
        var load = OtherPackage.WithoutCommandLine(_tool, "99.0.0");
        Assert.Contains($"MoELab.Interactive version 99.0.0 cannot be added because version {_tool.Version} was added previously.",
            StdioHost.Failure(await _host.Run(load)), StringComparison.Ordinal);
        using var second = new StdioHost(_tool);
        await second.Until(e => StdioHost.Type(e) == "KernelReady");
        var events = await second.Run(load);
        Assert.Null(StdioHost.Failure(events));
        var folder = await Value("lab.Runs.Count + System.IO.Path.GetFullPath(typeof(MoELab.Interactive.KernelExtension).Assembly.Location + \"/../../..\")");
        Assert.EndsWith($"/{_tool.Version}", folder, StringComparison.Ordinal);
        folder = await Value("lab.Runs.Count + System.IO.Path.GetFullPath(typeof(MoELab.Interactive.KernelExtension).Assembly.Location + \"/../../..\")", second);
        Assert.EndsWith("/99.0.0", folder, StringComparison.Ordinal);
        // It has no command line, and none is installed.
        Assert.Contains($"MoELab: the command line, in which runs train, is missing: expected {folder[folder.IndexOf('/')..]}/tools/moelab/moelab.dll",
            string.Concat(events.Where(e => StdioHost.Type(e) == "StandardErrorValueProduced").Select(e => e["event"]!["formattedValues"]![0]!["value"])),
            StringComparison.Ordinal);
        Assert.Contains("nor is 'moelab' installed; run 'dotnet tool install -g MoELab.Cli', set MOELAB_CLI to its path",
            StdioHost.Failure(await second.Run("lab.Start(\"lab-tiny\");")), StringComparison.Ordinal);
    }

    private async Task<string> Value(string cell, StdioHost? host = null)
    {
        var events = await (host ?? _host).Run(cell);
        Assert.Null(StdioHost.Failure(events));
        var text = Assert.Single(events, e => StdioHost.Type(e) == "ReturnValueProduced")["event"]!["formattedValues"]![0]!["value"]!.ToString();
        return System.Text.RegularExpressions.Regex.Match(text, "<pre>([^<]*)</pre>") is { Success: true } plain ? plain.Groups[1].Value : text;
    }
}
