using System.Diagnostics;
using MoELab.Cells;
using MoELab.Plugins;

namespace MoELab.Tests.Notebook.Live;

/// <summary>Measures what a live display costs the run that it shows, where <c>MOELAB_LIVE_COST</c> says how: <c>PAIRS;STEPS;FILE</c>.</summary>
[Collection(LiveCollection.Name)]
public sealed class LiveCost
{
    [Fact]
    public async Task A_displayed_run_trains_as_one_that_is_not()
    {
        var told = Environment.GetEnvironmentVariable("MOELAB_LIVE_COST")?.Split(';') ?? ["1", "3", ""];
        var lines = new List<string>();
        for (var pair = 0; pair < int.Parse(told[0], CultureInfo.InvariantCulture); pair++)
        {
            foreach (var displayed in pair % 2 == 0 ? new[] { true, false } : [false, true])
            {
                var folder = TestFolders.New("cost");
                var lab = new MoELab.Lab(folder, PluginCatalog.Discover());
                using var live = new MoELab.Live.LiveRuns(lab);
                var output = new LiveOutput();
                using var tiny = new Training.TinyRuns();
                var recipe = (told[2].Length > 0 ? lab.Recipe("lab-small").With("training.tokens_per_step=4096") : tiny.Recipe).With("training.steps=" + told[1]);
                var run = Show(lab, recipe, displayed ? output : null);
                await run.Watch(1, TestContext.Current.CancellationToken);
                var (began, used) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
                await run.Completion;
                var (wall, cpu) = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds);
                var steps = run.Metrics["seconds/step"].Values.Skip(1).ToArray();
                Assert.Equal(int.Parse(told[1], CultureInfo.InvariantCulture) - 1, steps.Length);
                Assert.Equal(displayed, output.Sent.Count > 0);
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{(displayed ? "displayed" : "plain")} seconds/step median {steps.Order().ElementAt(steps.Length / 2):0.0000} mean {steps.Average():0.0000} wall {wall:0.0} cpu of the notebook's process {cpu:0.00} updates {output.Sent.Count} bytes {output.Sent.Sum(s => LiveOutput.Html(s.Data).Length)} deltas {output.Deltas.Length} mean {output.Deltas.Select(d => d.Html.Length).DefaultIfEmpty(0).Average():0}"));
                if (told[2].Length > 0)
                    File.WriteAllLines(told[2], lines);
            }
        }
    }

    private static Run Show(MoELab.Lab lab, Recipe recipe, ICellOutput? output)
    {
        using var scope = CellContext.Enter(output);
        return lab.Start(recipe);
    }
}
