using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Tests.Plugins;
using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

/// <summary>A run keeps the folder plugins that it uses and is continued with them.</summary>
public sealed class RunPluginTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    private string Original => Path.Combine(_tiny.Folder, "plugins", "tilt");

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_goes_on_after_its_plugins_folder_is_gone()
    {
        PluginSources.Compile(PluginSources.Tilt(), Original);
        var (run, hash) = Train("balancer=tilt", "kept");
        Assert.Equal($"tilt@{hash}", Recorded(run).Single(p => p["kind"]!.GetValue<string>() == "balancer")["id"]!.GetValue<string>());
        Assert.True(File.Exists(Path.Combine(run, "plugins", $"tilt-{hash}", "Plugin.dll")));
        var rows = TinyRuns.Rows(run);

        Directory.Delete(Original, recursive: true);
        using var later = PluginCatalog.Discover();
        Assert.Contains("no such plugin", CliRun.With(later, "train", _tiny.Write(), "--runs", _tiny.Runs, "--set", "balancer=tilt").Refused(), StringComparison.Ordinal);
        GoBack(run);
        Assert.Equal(0, CliRun.With(later, "resume", run).Exit);
        Assert.Equal(rows, TinyRuns.Rows(run));
        Assert.Equal(0, CliRun.With(later, "generate", run, "--tokens", "2").Exit);
        Assert.Equal(0, CliRun.With(later, "export", run, Path.Combine(_tiny.Folder, "model")).Exit);
        Assert.DoesNotContain(later.All, p => p.Name == "tilt");
    }

    [Fact]
    public void A_run_goes_on_with_its_own_plugin_after_the_folder_changed()
    {
        PluginSources.Compile(PluginSources.Tilt(step: 1e-3), Original);
        var (run, hash) = Train("balancer=tilt", "own");
        var rows = TinyRuns.Rows(run);
        PluginSources.Compile(PluginSources.Tilt(step: 2e-3), Original);
        var (other, otherHash) = Train("balancer=tilt", "other");
        Assert.NotEqual(hash, otherHash);
        Assert.NotEqual(rows, TinyRuns.Rows(other));
        GoBack(run);
        Assert.Equal(0, CliRun.With(Catalog(), "resume", run).Exit);
        Assert.Equal(rows, TinyRuns.Rows(run));
    }

    [Fact]
    public void A_plugin_that_a_change_brings_in_is_kept_too()
    {
        PluginSources.Compile(PluginSources.Tilt(), Original);
        var (run, hash) = Train("schedule=[{step: 3, set: {balancer: tilt}}]", "scheduled");
        Assert.True(Directory.Exists(Path.Combine(run, "plugins", $"tilt-{hash}")));
        Assert.Equal(["smebu", "tilt"], Recorded(run).Where(p => p["kind"]!.GetValue<string>() == "balancer").Select(p => p["name"]!.GetValue<string>()));

        using (var trainer = MoELab.Training.Trainer.Create(_tiny.Recipe, Catalog(), _tiny.Runs, "sent"))
        {
            Inbox.Send(trainer.Folder, CommandKind.Set, "balancer", "tilt", atStep: 3);
            trainer.Run();
            Assert.True(Directory.Exists(Path.Combine(trainer.Folder, "plugins", $"tilt-{hash}")));
        }
    }

    [Fact]
    public void Everything_that_a_run_uses_is_recorded_by_hash()
    {
        var plugins = Recorded(_tiny.Train());
        Assert.Superset(new HashSet<string> { "smebu", "muon", "adamw", "sequence-wise", "head-z", "sigmoid-top-k", "jsonl" }, plugins.Select(p => p["name"]!.GetValue<string>()).ToHashSet());
        Assert.DoesNotContain(plugins, p => p["name"]!.GetValue<string>() is "sign-bias" or "auto");
        Assert.All(plugins, p => Assert.Equal($"{p["name"]}@{p["hash"]}", p["id"]!.GetValue<string>()));
        Assert.All(plugins, p => Assert.Matches("^[0-9a-f]{16}$", p["hash"]!.GetValue<string>()));
    }

    private (string Run, string Hash) Train(string assignment, string name)
    {
        var run = CliRun.With(Catalog(), "train", _tiny.Write(), "--runs", _tiny.Runs, "--name", name, "--set", assignment);
        Assert.True(run.Exit == 0, run.Error);
        return (Path.Combine(_tiny.Runs, name), PluginAssembly.HashOf(Path.Combine(Original, "Plugin.dll")));
    }

    private PluginCatalog Catalog()
    {
        var catalog = PluginCatalog.Discover();
        catalog.AddFolder(Original);
        return catalog;
    }

    private static void GoBack(string run) => Directory.Delete(Path.Combine(run, "checkpoints", "step-8"), recursive: true);

    private static List<JsonNode> Recorded(string run) => [.. JsonNode.Parse(File.ReadAllText(Path.Combine(run, "environment.json")))!["plugins"]!.AsArray().Select(p => p!)];
}
