using MoELab.Cells.Plugins;
using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.Notebook.Cells;

public sealed class CellPluginTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public async Task A_plugin_of_a_cell_trains_in_another_process_and_stays_with_its_run()
    {
        using var catalog = PluginCatalog.Discover();
        var lab = new MoELab.Lab(_tiny.Runs, catalog);
        var first = Assert.Single(CellPlugin.Define(Tilt("1e-3"), lab));
        Assert.Equal("cell-tilt", first.Name);
        Assert.True(File.Exists(Path.Combine(first.Source, "cell.cs")));
        var run = lab.Start(_tiny.Recipe.With("training.steps=3").With("balancer", "cell-tilt", new { gamma = 0.01 }));
        await run.Completion;
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.Equal(first.Id, run.Recipe.Balancer.Name);
        Assert.True(Directory.Exists(Path.Combine(run.FullPath, "plugins", $"cell-tilt-{first.Hash}")));
        using (var model = new MoELab.Lab(_tiny.Runs, _tiny.Catalog).Attach(run.Name).Load())
            Assert.Equal(3, model.Step);

        var second = Assert.Single(CellPlugin.Define(Tilt("2e-3"), lab));
        Assert.NotEqual(first.Hash, second.Hash);
        Assert.Equal(second.Hash, catalog.Find(PluginKind.Balancer, "cell-tilt").Hash);
        Assert.Equal(first.Hash, catalog.Find(PluginKind.Balancer, first.Id).Hash);
        CellPlugin.Define(Tilt("1e-3"), lab);
        Assert.Equal(first.Hash, catalog.Find(PluginKind.Balancer, "cell-tilt").Hash);
    }

    [Fact]
    public void Errors_have_the_line_of_the_cell_and_a_notebook_variable_its_own_sentence()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var wrong = Tilt("1e-3").Replace("options.Gamma", "rate", StringComparison.Ordinal);
        var line = Array.FindIndex(wrong.Split('\n'), l => l.Contains("rate", StringComparison.Ordinal)) + 2;
        var unknown = Assert.Throws<CellPluginException>(() => CellPlugin.Define(wrong, lab, firstLine: 2));
        Assert.Equal(("CS0103", line), (unknown.Code, unknown.Line));
        var variable = Assert.Throws<CellPluginException>(() => CellPlugin.Define(wrong, lab, new HashSet<string> { "rate" }, 2));
        Assert.Equal($"line {line}: 'rate' is a variable of the notebook, which a plugin cannot see because it also runs in other processes; pass it as an option", variable.Message);
        Assert.Contains("no class with [Plugin", Assert.Throws<CellPluginException>(() => CellPlugin.Define("class A { }", lab)).Message, StringComparison.Ordinal);
    }

    private static string Tilt(string gamma) => $$"""
        [Plugin("cell-tilt", "Moves every bias")]
        public sealed class Tilt(TiltOptions options) : IBalancer
        {
            public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;
            public BalancerState CreateState(int layers, int experts) => new(layers, experts);
            public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
            {
                using var scope = torch.NewDisposeScope();
                state.Bias_LE.add_(torch.sign(stats.Counts_LE.to(torch.float32)) * options.Gamma);
            }
        }
        public sealed record TiltOptions { [Range(0.0, 1.0)] public double Gamma { get; init; } = {{gamma}}; }
        """;
}
