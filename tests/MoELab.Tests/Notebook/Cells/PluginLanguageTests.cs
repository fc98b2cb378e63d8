using MoELab.Plugins;

namespace MoELab.Tests.Notebook.Cells;

/// <summary><c>#!plugin</c> in a session.</summary>
public sealed class PluginLanguageTests : IDisposable
{
    internal const string Tilt = """
        [Plugin("cell-lean", "Moves every bias")]
        public sealed class Lean(LeanOptions options) : IBalancer
        {
            public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;
            public BalancerState CreateState(int layers, int experts) => new(layers, experts);
            public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
            {
                using var scope = torch.NewDisposeScope();
                state.Bias_LE.add_(torch.sign(stats.Counts_LE.to(torch.float32)) * options.Gamma);
            }
        }
        public sealed record LeanOptions { [Range(0.0, 1.0), Description("step of the bias")] public double Gamma { get; init; } = 1e-3; }
        """;

    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_plugin_is_defined_and_defined_again_and_its_options_are_shown()
    {
        var shown = await _cells.Run("#!plugin define\n" + Tilt);
        Assert.Contains("gamma = 0.001", shown.Displays.Single().Data.Plain, StringComparison.Ordinal);
        var first = _cells.Lab.Plugins.Find(PluginKind.Balancer, "cell-lean");
        await _cells.Run("#!plugin define cell-lean\n" + Tilt.Replace("1e-3", "2e-3", StringComparison.Ordinal));
        Assert.NotEqual(first.Hash, _cells.Lab.Plugins.Find(PluginKind.Balancer, "cell-lean").Hash);
        var options = (await _cells.Run("#!plugin options cell-lean")).Displays.Single().Data;
        Assert.Matches(@"gamma +number +0\.002 +0 to 1 +step of the bias", options.Plain);
        Assert.Contains("<td", (string)options.Forms["text/html"], StringComparison.Ordinal);
        Assert.Contains("nothing changed", (await _cells.Run("#!plugin reload cell-lean")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_have_the_cells_line_and_a_notebook_variable_its_sentence()
    {
        await _cells.Run("var rate = 0.5;");
        var wrong = "#!plugin define\n" + Tilt.Replace("options.Gamma", "rate", StringComparison.Ordinal);
        var error = await _cells.Fail(wrong);
        var line = Array.FindIndex(wrong.Split('\n'), l => l.Contains("* rate", StringComparison.Ordinal)) + 1;
        Assert.Equal(line, error.Line);
        Assert.Equal("CS0103", error.Name);
        Assert.Contains("'rate' is a variable of the notebook", error.Message, StringComparison.Ordinal);
        var (marked, message) = Assert.Single(await _cells.Diagnose(wrong), d => d.Message.StartsWith("CS0103", StringComparison.Ordinal));
        Assert.Equal("rate", marked);
        Assert.Contains("variable of the notebook", message, StringComparison.Ordinal);
        Assert.Contains("define, list", (await _cells.Fail("#!plugin xyzzyx")).Message, StringComparison.Ordinal);
        Assert.Contains("no lines are allowed below it", (await _cells.Fail("#!plugin list\nvar x = 1;")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_are_listed_by_kind_and_loaded_from_a_folder()
    {
        Assert.Matches(@"balancer +smebu ", (await _cells.Run("#!plugin list")).Displays.Single().Data.Plain);
        Assert.DoesNotContain("smebu ", (await _cells.Run("#!plugin list optimizer")).Displays.Single().Data.Plain, StringComparison.Ordinal);
        await _cells.Run("#!plugin define\n" + Tilt);
        var folder = _cells.Lab.Plugins.Find(PluginKind.Balancer, "cell-lean").Source;
        using var other = new CellRunner();
        Assert.Contains("cell-lean", (await other.Run($"#!plugin load \"{folder}\"")).Displays.Single().Data.Plain, StringComparison.Ordinal);
        Assert.Contains("no such folder", (await other.Fail("#!plugin load nowhere")).Message, StringComparison.Ordinal);
    }
}
