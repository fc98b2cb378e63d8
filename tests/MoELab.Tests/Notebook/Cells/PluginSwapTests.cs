using MoELab.Plugins;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>A plugin that a cell defines while a run trains in its own process.</summary>
public sealed class PluginSwapTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_running_process_takes_a_plugin_that_was_defined_after_its_start()
    {
        var recipe = _cells.Tiny.Recipe.With("training.steps", 40).With("training.checkpoint_every", 20);
        var run = _cells.Lab.Start(recipe, "swap");
        run.Pause();
        await _cells.Run("#!plugin define\n" + PluginLanguageTests.Tilt);
        var first = _cells.Lab.Plugins.Find(PluginKind.Balancer, "cell-lean");
        run.Set("balancer", "cell-lean");
        await _cells.Run("#!plugin define\n" + PluginLanguageTests.Tilt.Replace("1e-3", "2e-3", StringComparison.Ordinal));
        var second = _cells.Lab.Plugins.Find(PluginKind.Balancer, "cell-lean");
        run.At(38).Set("balancer", new { name = "cell-lean", gamma = 0.5 });
        Assert.Throws<InputException>(() => run.Set("balancer", "cell-lien"));
        run.Continue();
        await run.Completion;
        Assert.Equal(RunStatus.Finished, run.Status);
        var events = run.Read().Events;
        Assert.DoesNotContain(events, e => e.Kind == EventKind.Refused);
        Assert.Equal(2, events.Count(e => e.Kind == EventKind.Swap));
        Assert.Contains(events, e => e.Kind == EventKind.Swap && e.Message.Contains(first.Id, StringComparison.Ordinal));
        Assert.Contains(events, e => e.Kind == EventKind.Swap && e.Message.Contains(second.Id, StringComparison.Ordinal));
        Assert.True(Directory.Exists(Path.Combine(run.FullPath, "plugins", $"cell-lean-{first.Hash}")));
        Assert.True(Directory.Exists(Path.Combine(run.FullPath, "plugins", $"cell-lean-{second.Hash}")));
        using var model = new MoELab.Lab(_cells.Tiny.Runs, _cells.Tiny.Catalog).Attach("swap").Load();
        Assert.Equal(second.Id, model.Recipe.Balancer.Name);
    }
}
