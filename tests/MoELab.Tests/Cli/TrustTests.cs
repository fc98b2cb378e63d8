using MoELab.Plugins;
using MoELab.Tests.Plugins;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Cli;

/// <summary>Looking at a run runs no code of it; going on with somebody else's asks first.</summary>
public sealed class TrustTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    private string Mark => Path.Combine(_tiny.Folder, "ran");

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Readers_load_nothing_and_resume_generate_and_export_ask_for_trust()
    {
        // As soon as any code of the assembly runs, a file says so.
        var source = PluginSources.Tilt().Replace("public enum TiltMode", $$"""
            internal static class Wake
            {
                [System.Runtime.CompilerServices.ModuleInitializer]
                internal static void Up() => System.IO.File.AppendAllText(@"{{Mark}}", "x");
            }

            public enum TiltMode
            """, StringComparison.Ordinal);
        PluginSources.Compile(source, Path.Combine(_tiny.Folder, "plugins", "tilt"));
        string run;
        using (var mine = PluginCatalog.Discover())
        {
            mine.AddFolder(Path.Combine(_tiny.Folder, "plugins"));
            using var trainer = Trainer.Create(_tiny.Recipe.With("balancer", "tilt"), mine, _tiny.Runs, "theirs");
            run = trainer.Folder;
            trainer.StepFinished += row => { if (row.Step == 5) trainer.RequestStop(); };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        }
        Assert.True(File.Exists(Mark));

        // From elsewhere: what this user signed is gone.
        var kept = Directory.GetDirectories(Path.Combine(run, "plugins")).Single();
        File.Delete(Path.Combine(kept, "moelab.signature"));
        File.Delete(Mark);
        using var catalog = PluginCatalog.Discover();
        var page = Path.Combine(_tiny.Folder, "page.html");
        foreach (var args in new[] { ["show", run], ["show", run, "--json"], ["runs", "--runs", _tiny.Runs], ["report", run, "--output", page], new[] { "compare", run, run, "--output", page, "--force" } })
            Assert.Equal(0, CliRun.With(catalog, args).Exit);
        using (var database = new MoELab.Query.RunDatabase(_tiny.Runs))
            Assert.Single(database.Query("select * from runs, recipes, counts, events, steps limit 1"));
        var lab = new MoELab.Lab(_tiny.Runs, catalog);
        _ = lab.Attach("theirs").Recipe;
        Assert.Contains("theirs", new MoELab.Live.RunCard(lab.Attach("theirs")).Whole("x").Plain);
        Assert.False(File.Exists(Mark));

        var id = Path.GetFileName(kept).Replace("tilt-", "tilt@", StringComparison.Ordinal);
        foreach (var args in new[] { ["resume", run], ["generate", run, "--tokens", "1"], new[] { "export", run, Path.Combine(_tiny.Folder, "model") } })
        {
            var said = CliRun.With(catalog, args).Refused();
            Assert.Contains($"contains plugins that were not put there by you on this machine: {id}", said);
            Assert.Contains("--trust", said);
        }
        Assert.Contains("trust: true", Assert.Throws<InputException>(() => lab.Attach("theirs").Load()).Message);
        Assert.False(File.Exists(Mark));

        var generated = CliRun.With(catalog, "generate", run, "--tokens", "1", "--trust");
        Assert.Equal(0, generated.Exit);
        Assert.Contains($"using the plugins in the run folder: {id}", generated.Error);
        Assert.True(File.Exists(Mark));
        Assert.Equal(0, CliRun.With(catalog, "resume", run).Exit);
    }

    [Fact]
    public void A_plugin_that_was_changed_since_is_somebody_elses()
    {
        PluginSources.Compile(PluginSources.Tilt(), Path.Combine(_tiny.Folder, "plugins", "tilt"));
        using var mine = PluginCatalog.Discover();
        mine.AddFolder(Path.Combine(_tiny.Folder, "plugins"));
        var run = Trained(mine);
        using (PluginCatalog.Discover().ForRun(run))
        {
        }
        File.WriteAllText(Path.Combine(Directory.GetDirectories(Path.Combine(run, "plugins")).Single(), "Helper.dll"), "another");
        Assert.Throws<InputException>(() => PluginCatalog.Discover().ForRun(run));
        using (PluginCatalog.Discover().ForRun(run, trust: true))
        {
        }
        using (PluginCatalog.Discover().ForRun(run))
        {
        }
    }

    private string Trained(PluginCatalog catalog)
    {
        using var trainer = Trainer.Create(_tiny.Recipe.With("balancer", "tilt").With("training.steps", 1), catalog, _tiny.Runs, "own");
        trainer.Run();
        return trainer.Folder;
    }
}
