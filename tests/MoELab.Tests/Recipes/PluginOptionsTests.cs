using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Studies.Definition;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Recipes;

/// <summary>Naming one option of a plugin leaves its others as they are, wherever a recipe is changed.</summary>
public sealed class PluginOptionsTests : IDisposable
{
    private readonly TinyRuns _tiny = new();
    private readonly string _folder = TestFolders.New("options");

    public static TheoryData<string> OneOption => ["balancer={name: smebu, kappa: 1}", "balancer={kappa: 1}", "balancer.kappa=1"];

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(OneOption))]
    public void An_assignment_keeps_the_options_that_it_does_not_name(string assignment) =>
        Assert.Equal(PluginChoice.Of("smebu", new { lambda = 0.02, kappa = 1, beta = 0.5 }), RecipeTree.WithAll("lab-tiny", [assignment]).Balancer, Same);

    [Fact]
    public void With_a_contender_and_a_file_keep_the_options_that_they_do_not_name()
    {
        var expected = PluginChoice.Of("smebu", new { lambda = 0.02, kappa = 1, beta = 0.5 });
        Assert.Equal(expected, ((Recipe)"lab-tiny").With("balancer", "smebu", new { kappa = 1 }).Balancer, Same);
        Assert.Equal(expected, ((Recipe)"lab-tiny").With("balancer", new { kappa = 1 }).Balancer, Same);
        Assert.Equal(expected, ((Arm)("smebu", new { kappa = 1 })).Apply("lab-tiny").Balancer, Same);
        Assert.Equal(expected, Yaml("recipe: lab-tiny\nbalancer: { name: smebu, kappa: 1 }\n").Balancer, Same);
        Assert.Equal(expected, Yaml("recipe: lab-tiny\nbalancer: { kappa: 1 }\n").Balancer, Same);
    }

    [Fact]
    public void Reset_says_that_everything_else_takes_the_plugins_defaults()
    {
        var expected = PluginChoice.Of("smebu", new { kappa = 1 });
        Assert.Equal(expected, ((Recipe)"lab-tiny").With("balancer", "smebu", new { kappa = 1 }, reset: true).Balancer, Same);
        Assert.Equal(expected, ((Arm)("smebu", new { kappa = 1, reset = true })).Apply("lab-tiny").Balancer, Same);
        Assert.Equal(expected, Yaml("recipe: lab-tiny\nbalancer: { name: smebu, reset: true, kappa: 1 }\n").Balancer, Same);
        Assert.Equal(expected, Yaml("balancer: { name: smebu, reset: true, kappa: 1 }\n").Balancer, Same);
        Assert.Equal(expected, RecipeTree.WithAll("lab-tiny", ["balancer.reset=true", "balancer.kappa=1"]).Balancer, Same);
        Assert.Empty(RecipeTree.WithAll("lab-tiny", ["balancer={name: smebu, reset: true}"]).Balancer.Options);
        Assert.Equal(0.02, (double)RecipeTree.WithAll("lab-tiny", ["balancer={name: smebu, reset: false}"]).Balancer.Options["lambda"]!);
        Assert.Contains("balancer.reset: 3 is not valid; expected true or false", Assert.Throws<InputException>(() => RecipeTree.WithAll("lab-tiny", ["balancer.reset=3"])).Message);
    }

    [Fact]
    public void One_optimizer_for_all_keeps_its_learning_rate()
    {
        var recipe = ((Recipe)"lab-tiny").With("optimizer=adamw");
        Assert.All(recipe.Optimizer.Groups.Values, name => Assert.Equal("adamw", name));
        Assert.Equal(3e-3, (double)recipe.Optimizer.Options["adamw"]["lr"]!);
        Assert.Equal(["adamw"], recipe.Optimizer.Options.Keys);
        Assert.Equal(3e-3, (double)Yaml("recipe: lab-tiny\noptimizer: adamw\n").Optimizer.Options["adamw"]["lr"]!);
    }

    [Theory]
    [InlineData("optimizer={adamw: {beta1: 0.8}}")]
    [InlineData("optimizer.adamw={beta1: 0.8}")]
    [InlineData("optimizer.adamw.beta1=0.8")]
    public void Options_of_an_optimizer_leave_its_others_and_the_groups_alone(string assignment)
    {
        var recipe = RecipeTree.WithAll("lab-tiny", ["optimizer.groups.head=muon", assignment]);
        Assert.Equal((3e-3, 0.8), ((double)recipe.Optimizer.Options["adamw"]["lr"]!, (double)recipe.Optimizer.Options["adamw"]["beta1"]!));
        Assert.Equal((2e-2, "muon"), ((double)recipe.Optimizer.Options["muon"]["lr"]!, recipe.Optimizer.Groups["head"]));
    }

    [Fact]
    public void Losses_are_laid_over_those_that_are_there()
    {
        Recipe start = Yaml("losses: { switch: { weight: 0.01 }, head-z: { weight: 0.001 } }\n");
        var changed = start.With("losses", new { @switch = new { weight = 0.02 } });
        Assert.Equal((0.02, 0.001), ((double)changed.Losses["switch"]["weight"]!, (double)changed.Losses["head-z"]["weight"]!));
        Assert.Equal(["switch"], RecipeTree.WithAll(start, ["losses={reset: true, switch: {weight: 0.02}}"]).Losses.Keys);
        Assert.Equal(["head-z"], RecipeTree.WithAll(start, ["losses={switch: null}"]).Losses.Keys);
        Assert.Empty(start.With("losses", new JsonObject()).Losses);
    }

    [Fact]
    public void Sections_are_laid_over_those_that_are_there()
    {
        Recipe start = "lab-small";
        Assert.Equal(start.With("training.steps=5"), start.With("training", new { steps = 5 }));
        Assert.Equal(start.With("model.experts=64"), RecipeTree.WithAll(start, ["model={experts: 64}"]));
        Assert.Equal("a.txt", Yaml("recipe: lab-tiny\ndata: { sources: { my.texts: a.txt } }\n").Data.Sources["my.texts"]);
    }

    [Fact]
    public void What_changed_beside_the_named_option_is_told()
    {
        using var catalog = PluginCatalog.Discover();
        Assert.Empty(RecipeChange.Beside(((Recipe)"lab-tiny").With("balancer", "smebu", new { kappa = 1 }).With("training.steps=3"), catalog));
        Assert.Equal(["balancer.beta: 0.5 -> (not set)", "balancer.final: (not set) -> 0", "balancer.gamma: (not set) -> 0.001", "balancer.kappa: 2 -> (not set)", "balancer.lambda: 0.02 -> (not set)",
            "balancer.warmup: (not set) -> 0"],
            RecipeChange.Beside(((Recipe)"lab-tiny").With("balancer=sign-bias"), catalog).Select(d => d.ToString()).Where(d => !d.Contains("variant") && !d.Contains("schedule")));
        Assert.Contains("balancer.lambda: 0.02 -> 0.0005", RecipeChange.Sentence(RecipeChange.Beside(((Recipe)"lab-tiny").With("balancer", "smebu", new { kappa = 1 }, reset: true), catalog)));
    }

    [Fact]
    public void A_command_a_schedule_and_an_inbox_keep_options_and_tell_what_else_moved()
    {
        var recipe = _tiny.Recipe.With("schedule=[{step: 3, set: {balancer: {name: smebu, kappa: 1}}}]");
        using var trainer = _tiny.Create(recipe, "scheduled");
        trainer.StepFinished += row =>
        {
            if (row.Step == 4)
                Inbox.Send(trainer.Folder, CommandKind.Set, "balancer", new JsonObject { ["name"] = "smebu", ["beta"] = 0.25 });
            if (row.Step == 6)
                Inbox.Send(trainer.Folder, CommandKind.Set, "balancer", "sign-bias");
        };
        PluginChoice? seen = null;
        trainer.StepFinished += row => seen = row.Step == 5 ? trainer.Recipe.Balancer : seen;
        Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Assert.Equal((0.02, 1.0, 0.25), ((double)seen!.Options["lambda"]!, (double)seen.Options["kappa"]!, (double)seen.Options["beta"]!));
        var swap = TinyRuns.Events(trainer.Folder).Last(e => e.Kind == EventKind.Swap);
        Assert.Contains("also changed as a result: balancer.", swap.Message);
        Assert.Contains("balancer.gamma: (not set) -> 0.001", swap.Message);
        Assert.Equal("0.001", swap.Data!["also"]!["balancer.gamma"]!.ToString());

        var run = CliRun.With(_tiny.Catalog, "train", _tiny.Write(_tiny.Recipe), "--set", "balancer=sign-bias", "--set", "training.steps=1", "--runs", _folder, "--name", "told");
        Assert.Equal(0, run.Exit);
        Assert.Contains("also changed as a result: ", run.Error);
        Assert.Contains(TinyRuns.Events(Path.Combine(_folder, "told")), e => e.Kind == EventKind.Config && e.Message.Contains("balancer.gamma: (not set) -> 0.001") && !e.Message.Contains("-> (not set)"));
        Assert.Null(RecipeChange.Sentence(RecipeChange.Beside(_tiny.Recipe.With("balancer", "none"), _tiny.Catalog)));
    }

    [Fact]
    public void A_run_holds_every_option_in_force_and_a_later_default_does_not_change_it()
    {
        using var catalog = PluginCatalog.Discover();
        catalog.Register(typeof(Before.Drift));
        string folder;
        using (var trainer = Trainer.Create(_tiny.Recipe.With("balancer", "drift"), catalog, _tiny.Runs, "old"))
        {
            folder = trainer.Folder;
            trainer.StepFinished += row => { if (row.Step == 5) trainer.RequestStop(); };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        }
        var text = File.ReadAllText(Path.Combine(folder, "recipe.yaml"));
        Assert.Contains($"balancer drift@{catalog.Find(PluginKind.Balancer, "drift").Hash}", text);
        Assert.Contains("normalise: true", text);
        Assert.Equal(0.25, (double)RunReader.Open(folder).Recipe.Balancer.Options["rate"]!);
        var config = TinyRuns.Events(folder).Where(e => e.Kind == EventKind.Config && e.Data is not null).Select(e => e.Data!).ToArray();
        Assert.Equal(0.25, (double)config[0]["balancer"]!["rate"]!);
        Assert.Contains(config[1]["plugins"]!.AsArray(), p => p!["name"]!.ToString() == "drift" && p["hash"]!.ToString().Length == 16);

        using var later = PluginCatalog.Discover();
        later.Register(typeof(After.Drift));
        using var resumed = Trainer.Resume(folder, later)!;
        Assert.Equal(0.25, (double)resumed.Recipe.Balancer.Options["rate"]!);
        Assert.Equal(TrainingEnd.Finished, resumed.Run());
        Assert.Equal(8 * 0.25 * Math.Sqrt(8), RunReader.Open(folder).Metrics["bias/norm/0"].At(8), 3);
    }

    [Fact]
    public void A_run_of_an_older_version_without_the_defaults_still_resumes()
    {
        var run = _tiny.Stop(_tiny.Recipe, "stopped", 3);
        var older = Path.Combine(run, "recipe.yaml");
        File.WriteAllText(older, _tiny.Recipe.ToYaml());
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Assert.False(RunReader.Open(run).Recipe.Balancer.Options.ContainsKey("kappa"));
        using var resumed = Trainer.Resume(run, _tiny.Catalog)!;
        Assert.True(resumed.Recipe.Balancer.Options.ContainsKey("kappa"));
        Assert.Equal(TrainingEnd.Finished, resumed.Run());
    }

    private static bool Same(PluginChoice a, PluginChoice b) => a.Name == b.Name && a.Options.Count == b.Options.Count
        && a.Options.All(o => b.Options[o.Key] is { } other && Convert.ToDouble(o.Value!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture).Equals(Convert.ToDouble(other.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)));

    private Recipe Yaml(string text)
    {
        var file = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(file, text);
        return RecipeYaml.Load(file);
    }
}
