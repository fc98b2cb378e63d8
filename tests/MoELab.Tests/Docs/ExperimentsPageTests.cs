using System.Diagnostics;
using System.Text.RegularExpressions;
using MoELab.Cli;
using MoELab.Cli.App;
using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Tests.Notebook.Cells;

namespace MoELab.Tests.Docs;

/// <summary>
/// The page of worked examples, done as a reader does it: cells in a notebook's session, command lines in a shell, one after the other and in one
/// folder. Only the model is smaller, and every number of steps a fiftieth.
/// </summary>
public sealed partial class ExperimentsPageTests
{
    private const string Page = "docs/experiments.md";

    /// <summary>Each example's number, how many runs its races, its sweep and everything else train, and words that it prints.</summary>
    public static TheoryData<int, int, int, int, string> Examples => new()
    {
        { 1, 0, 0, 3, "with one seed each|end equal" },
        { 2, 8, 0, 1, "Over 2 paired seeds, 'smebu' ends" },
        { 3, 7, 4, 3, "One run on one seed each: differences may be seed noise" },
        { 4, 0, 0, 6, "" },
    };

    [Theory, MemberData(nameof(Examples))]
    public async Task An_example_runs(int number, int raced, int swept, int others, string words)
    {
        using var cells = new CellRunner();
        var said = new StringBuilder();
        foreach (var block in PageSnippets.Blocks(Page).Where(b => b.Section.StartsWith($"{number}. ", StringComparison.Ordinal)))
        {
            var code = Small(block.Code, cells);
            if (block.Language == "csharp" || code.StartsWith("#!", StringComparison.Ordinal))
                said.Append((await cells.Run(code)).Out);
            else if (block.Language == "sh")
                said.Append(Shell(code, cells.Tiny.Folder));
        }
        Assert.Matches(words, said.ToString());
        var runs = cells.Lab.Runs;
        Assert.All(runs, r => Assert.Equal((r.Name, RunStatus.Finished), (r.Name, r.Status)));
        var races = runs.Count(r => r.Name.StartsWith("race-", StringComparison.Ordinal));
        var sweeps = runs.Count(r => r.Name.StartsWith("sweep-", StringComparison.Ordinal));
        Assert.Equal((raced, swept, others), (races, sweeps, runs.Count - races - sweeps));
    }

    [Fact]
    public void Every_example_has_cells_and_command_lines()
    {
        var blocks = PageSnippets.Blocks(Page).Where(b => b.Section.Length > 0 && char.IsAsciiDigit(b.Section[0])).ToLookup(b => b.Section);
        Assert.Equal(["1", "2", "3", "4"], blocks.Select(b => b.Key[..1]));
        Assert.All(blocks, b => Assert.True(b.Any(x => x.Language == "csharp") && b.Any(x => x.Language == "sh"), b.Key));
    }

    [Fact]
    public void What_is_sent_to_a_running_run_is_a_command()
    {
        var lines = PageSnippets.Blocks(Page).Where(b => b.Language == "sh").SelectMany(b => b.Code.Split('\n')).Where(Sends).ToArray();
        Assert.NotEmpty(lines);
        using var catalog = PluginCatalog.Discover();
        Assert.All(lines, line =>
        {
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Empty(CliApp.Root(new CliContext(TextWriter.Null, TextWriter.Null, catalog)).Parse(words[1..]).Errors);
            foreach (var change in words.Where(w => w.Contains('=', StringComparison.Ordinal)))
                Assert.NotNull(Recipe.Load("lab-tiny").With("balancer", "sign-bias").With(change));
        });
    }

    [Theory, InlineData("README.md", "docs/experiments.md"), InlineData("docs/api.md", "experiments.md")]
    [InlineData("docs/notebook-live.md", "experiments.md"), InlineData("docs/notebook.md", "experiments.md")]
    public void Its_neighbours_link_to_it(string page, string link) => Assert.Contains($"({link}", Repository.Read(page), StringComparison.Ordinal);

    private static bool Sends(string line) => line.StartsWith("./moelab send ", StringComparison.Ordinal);

    private static string Small(string code, CellRunner cells)
    {
        code = Steps().Replace(code, m =>
            (int.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture) / 50).ToString(System.Globalization.CultureInfo.InvariantCulture));
        code = code.Replace("lab-tiny", cells.Tiny.Write(), StringComparison.Ordinal).Replace("in 1 2 3;", "in 1 2;", StringComparison.Ordinal);
        // Example 2 is about the interval, which two seeds have.
        code = code.Replace("seeds: 3", code.Contains("patient", StringComparison.Ordinal) ? "seeds: 2" : "seeds: 1", StringComparison.Ordinal);
        return Saved().Replace(code, m => $"\"{Path.Combine(cells.Tiny.Folder, m.Groups[1].Value)}\"");
    }

    // A run of a few milliseconds has ended before anything can be sent to it.
    private static string Shell(string code, string folder)
    {
        var lines = code.Split('\n').Where(l => !Sends(l)).Select(l => l.Replace("./moelab ", "moelab ", StringComparison.Ordinal));
        var script = $"moelab() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "moelab.dll")}' \"$@\"; }}\n{string.Join('\n', lines)}";
        var start = new ProcessStartInfo("bash", ["-euc", script])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MOELAB_RUNS"] = Path.Combine(folder, "runs");
        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0, $"{script}\n{error.Result}");
        return output;
    }

    [GeneratedRegex(@"(?<![\d.])(50|100|150|200|250|300)(?![\d.])")]
    private static partial Regex Steps();

    [GeneratedRegex("\"([a-z0-9-]+\\.(?:csv|svg|html|yaml))\"")]
    private static partial Regex Saved();
}
