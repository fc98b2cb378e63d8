using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.Notebook.Live;

[Collection(LiveCollection.Name)]
public sealed class InterruptTests : IDisposable
{
    private readonly LiveCells _cells = new();

    public void Dispose() => _cells.Dispose();

    private async Task Trains(string name)
    {
        await LiveOutput.Until(() => _cells.Lab.Runs.Any(r => r.Name == name && r.Step > 2), $"step 3 of {name}");
    }

    [Fact]
    public async Task An_interrupted_training_in_this_process_stops_at_a_step_boundary_and_the_cell_returns()
    {
        var (result, output) = _cells.With(100_000).Begin("var run = await lab.Train(recipe, inProcess: true);\nConsole.Error.Write(\"after\");\nrun.Status");
        await Trains("tiny");
        Assert.Equal("tiny", _cells.Lab.Last!.Name);
        _cells.Session.Interrupt();
        var ended = await result;
        Assert.Null(ended.Error);
        Assert.False(ended.Interrupted);
        Assert.Equal("Stopped", Assert.Single(output.Results).Plain);
        Assert.Contains("after", output.Error, StringComparison.Ordinal);
        Assert.Contains("stopped</span>", output.Figure(), StringComparison.Ordinal);
        Assert.Contains(_cells.Lab.Last.Step, new CheckpointStore(Path.Combine(_cells.Lab.Last.FullPath, "checkpoints")).Steps);
    }

    [Fact]
    public async Task A_cancelled_token_interrupts_once()
    {
        using var cancel = new CancellationTokenSource();
        var output = new LiveOutput();
        _cells.With(100_000);
        var cell = Task.Run(() => _cells.Session.Execute("(await lab.Train(recipe, inProcess: true)).Status", output, cancel.Token));
        await Trains("tiny");
        await cancel.CancelAsync();
        Assert.Null((await cell).Error);
        Assert.Equal("Stopped", Assert.Single(output.Results).Plain);
    }

    [Fact]
    public async Task An_interrupted_training_in_a_process_of_its_own_stops_at_a_step_boundary_too()
    {
        var (result, output) = _cells.With(100_000).Begin("(await lab.Train(recipe)).Status");
        await Trains("tiny");
        _cells.Session.Interrupt();
        Assert.Null((await result).Error);
        Assert.Equal("Stopped", Assert.Single(output.Results).Plain);
    }

    [Fact]
    public async Task A_second_interrupt_aborts_the_cell()
    {
        var (result, output) = _cells.With(100_000).Begin("await lab.Train(recipe, inProcess: true);\nwhile (true) { }");
        await Trains("tiny");
        _cells.Session.Interrupt();
        await LiveOutput.Until(() => output.Error.Contains("interrupt again to abort the cell", StringComparison.Ordinal), "the sentence");
        Assert.Contains("the training has stopped, and the cell goes on", output.Error, StringComparison.Ordinal);
        _cells.Session.Interrupt();
        Assert.True((await result).Interrupted);
        Assert.Equal(RunStatus.Stopped, _cells.Open("tiny").Status);
        Assert.Equal("2", Assert.Single((await _cells.Run("1 + 1")).Results).Plain);
    }

    [Fact]
    public async Task Interrupted_waiting_ends_the_cell_and_the_run_goes_on()
    {
        var (result, _) = _cells.With(100_000).Begin("var run = lab.Start(recipe);\nawait run.Completion;");
        await Trains("tiny");
        _cells.Session.Interrupt();
        var ended = await result;
        Assert.True(ended.Interrupted);
        Assert.Equal("the cell was interrupted; run 'tiny' goes on", ended.Error!.Message);
        Assert.Equal(RunStatus.Running, _cells.Open("tiny").Status);
    }

    [Fact]
    public async Task An_interrupted_race_stops_its_runs_at_step_boundaries()
    {
        var (result, output) = _cells.With(100_000).Begin("await lab.Race(recipe, [\"smebu\", \"none\"], seeds: 1)");
        await LiveOutput.Until(() => _cells.Lab.Runs.Count == 2 && _cells.Lab.Runs.All(r => r.Step > 2), "both runs");
        _cells.Session.Interrupt();
        Assert.True((await result).Interrupted);
        Assert.All(_cells.Lab.Runs, r => Assert.Equal(RunStatus.Stopped, r.Status));
        Assert.Equal(2, System.Text.RegularExpressions.Regex.Count(output.Figure(), ">stopped</span></td>"));
    }

    [Fact]
    public async Task An_exception_inside_an_awaited_training_is_one_sentence()
    {
        _cells.Lab.Plugins.Register(typeof(SpoilerLoss));
        var (result, output) = _cells.With(50, r => r with { Losses = new Dictionary<string, JsonObject> { ["spoiler"] = new() { ["from"] = 8, ["count"] = 1000 } } }).Begin("var a = 1;\nawait lab.Train(recipe, inProcess: true);");
        var error = (await result).Error!;
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(2, error.Line);
        Assert.Contains("failed</span>", output.Figure(), StringComparison.Ordinal);
        Assert.Equal("2", Assert.Single((await _cells.Run("1 + 1")).Results).Plain);
    }
}
