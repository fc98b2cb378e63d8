using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Tests.Plugins;
using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

/// <summary>Mistakes as a user meets them: one sentence, an exit code, and nothing lost.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("training.step=3", "training.step: unknown key; did you mean 'steps'?")]
    [InlineData("trainning.steps=3", "did you mean 'training'?")]
    [InlineData("balancer=smebo", "balancer 'smebo': no such plugin; did you mean 'smebu'?")]
    [InlineData("balancer.kapa=3", "balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("losses.swich.weight=1", "did you mean 'switch'?")]
    [InlineData("optimizer.muon.lrr=1", "did you mean 'lr'?")]
    [InlineData("kernel.speed=1", "kernel.speed: 'auto' takes no options")]
    [InlineData("training.steps=0", "training.steps: 0 is out of range; expected")]
    [InlineData("training.steps=many", "training.steps: \"many\" is not valid; expected a whole number")]
    [InlineData("training.warmup=1e30", "training.warmup: 1E+30 is not valid; expected steps (2000), tokens")]
    [InlineData("training.eval_every=-1e30", "training.eval_every: -1E+30 is not valid; expected")]
    [InlineData("balancer.kappa=-1", "balancer.kappa: -1 is out of range; expected")]
    [InlineData("model.active_experts=9", "model.active_experts: 9 is more than the 8 experts")]
    [InlineData("model.kv_heads=3", "model.heads: 2 does not divide by the 3 kv_heads")]
    [InlineData("steps", "'steps' is not an assignment; expected path=value")]
    public void A_recipe_that_cannot_be_trained_makes_no_run(string assignment, string sentence)
    {
        Assert.Contains(sentence, Cli("train", _tiny.Write(), "--runs", _tiny.Runs, "--set", assignment).Refused(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tiny.Runs));
    }

    [Fact]
    public void A_place_where_choices_cannot_be_recorded_makes_no_run()
    {
        var said = Cli("train", _tiny.Write(), "--runs", _tiny.Runs, "--record-choices", _tiny.Folder).Refused();
        Assert.Equal($"{_tiny.Folder}: this is a folder; expected the path of a file to write", said);
        Assert.False(Directory.Exists(_tiny.Runs));
    }

    [Fact]
    public void A_name_that_is_taken_or_no_folders_is_said()
    {
        var recipe = _tiny.Write(_tiny.Recipe.With("training.steps=1"));
        Assert.DoesNotContain("taken", Cli("train", recipe, "--runs", _tiny.Runs, "--name", "a").Error, StringComparison.Ordinal);
        Assert.Contains("run name 'a' is taken; this run is 'a-2'\n", Cli("train", recipe, "--runs", _tiny.Runs, "--name", "a").Error, StringComparison.Ordinal);
        // Before any data are read, let alone a process is started.
        var lab = new Lab(_tiny.Runs);
        var nowhere = _tiny.Recipe with { Data = _tiny.Recipe.Data with { Sources = new Dictionary<string, string> { ["web"] = "no/such/file" } } };
        Assert.StartsWith("run name 'a/b': not usable as a folder", Assert.Throws<InputException>(() => lab.Start(nowhere, "a/b")).Message, StringComparison.Ordinal);
        Assert.StartsWith("run name '..': not usable as a folder", Assert.Throws<InputException>(() => { _ = lab.Train(nowhere, name: ".."); }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_file_with_a_mistake_is_named()
    {
        var file = Path.Combine(_tiny.Folder, "own.yaml");
        File.WriteAllText(file, "model: { expert: 8 }\n");
        var sentence = Cli("train", file, "--runs", _tiny.Runs).Refused();
        Assert.Contains("own.yaml", sentence, StringComparison.Ordinal);
        Assert.Contains("did you mean 'experts'?", sentence, StringComparison.Ordinal);
        File.WriteAllText(file, "model: [\n");
        Assert.Contains("own.yaml", Cli("train", file).Refused(), StringComparison.Ordinal);
        Assert.Contains("did you mean 'lab-tiny'?", Cli("train", "lab-tinny").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_recipe_cannot_be_read_is_compared_with_nothing()
    {
        var (whole, other) = (_tiny.Train(name: "whole"), _tiny.Train(name: "other"));
        File.WriteAllText(Path.Combine(other, "recipe.yaml"), "name: [");
        Assert.Contains("run 'other', recipe.yaml: ", Cli("compare", whole, other).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_without_its_checkpoints_is_not_trained_again()
    {
        const string Sentence = "run 'finished': it has finished and has no complete checkpoint; expected one to continue from, or train its recipe.yaml again";
        var run = _tiny.Train(name: "finished");
        var rows = File.ReadAllBytes(Path.Combine(run, "metrics.jsonl"));
        foreach (var state in Directory.GetFiles(Path.Combine(run, "checkpoints"), "state.json", SearchOption.AllDirectories))
            File.WriteAllText(state, "{");
        // What is damaged is told of each time, and becomes an event.
        Assert.EndsWith(Sentence + "\n", Cli("resume", run).Error);
        Assert.EndsWith(Sentence + "\n", Cli("resume", run).Error);
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Assert.Equal(Sentence, Cli("resume", run).Refused());
        Assert.Equal(rows, File.ReadAllBytes(Path.Combine(run, "metrics.jsonl")));
    }

    [Theory]
    [InlineData("metrics.jsonl", 3, "metrics.jsonl: the rows after step 3 are missing, though the run finished at step 8")]
    [InlineData("metrics.jsonl", 0, "metrics.jsonl: the rows after step 0 are missing")]
    [InlineData("routing.bin", 0, "routing.bin: the records after step 0 are missing, though the run finished at step 8")]
    public void The_end_of_a_finished_runs_log_is_missed(string log, int rows, string sentence)
    {
        var run = _tiny.Train(name: "cut");
        Assert.DoesNotContain("damaged", Cli("runs", "--runs", _tiny.Runs).Error, StringComparison.Ordinal);
        var path = Path.Combine(run, log);
        if (log == "routing.bin")
            File.Delete(path);
        else
            File.WriteAllLines(path, File.ReadAllLines(path)[..rows]);
        Assert.Contains(sentence, Cli("runs", "--runs", _tiny.Runs).Error, StringComparison.Ordinal);
        Assert.Contains($"Damaged: {sentence}", Cli("show", run).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_no_directory_of_runs() =>
        Assert.Equal($"--runs: '{_tiny.Write()}' is a file; expected a directory of runs", Cli("runs", "--runs", _tiny.Write()).Refused());

    [Fact]
    public void A_damaged_run_does_not_hide_the_others()
    {
        var (whole, damaged) = (_tiny.Train(name: "whole"), Directory.CreateDirectory(Path.Combine(_tiny.Runs, "damaged")).FullName);
        File.WriteAllText(Path.Combine(damaged, "recipe.yaml"), "model: [");
        var list = Cli("runs", "--runs", _tiny.Runs, "--json");
        Assert.Equal([whole], list.Json.AsArray().Select(r => r!["path"]!.GetValue<string>()));
        Assert.Contains("warning: run 'damaged', recipe.yaml: ", list.Error, StringComparison.Ordinal);
        Assert.Contains("run 'damaged', recipe.yaml: ", Cli("show", damaged).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_in_use_is_left_alone()
    {
        using var trainer = _tiny.Create(name: "busy");
        Assert.Contains("run 'busy' is in use by another process", Cli("resume", trainer.Folder).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_is_no_mistake()
    {
        var run = Cli("resume", _tiny.Train());
        Assert.Equal((0, "", "run 'tiny' has finished; there is nothing to resume\n"), (run.Exit, run.Output, run.Error));
    }

    [Theory]
    [InlineData("kernel=reference", "kernel: cannot change during a run; start another run with this value")]
    [InlineData("kernel=sliced", "kernel: expert kernel 'sliced': no such plugin; known: cuda, grouped-mm, mxfp8, packed, reference")]
    [InlineData("training.steps=3", "training.steps: 3 is out of range; the run has trained 4 steps, expected as many or more")]
    public void A_change_that_a_run_cannot_take_is_told_before_it_goes_on(string change, string sentence)
    {
        using (var trainer = _tiny.Create(name: "stopped"))
        {
            trainer.StepFinished += row =>
            {
                if (row.Step == 4)
                    trainer.RequestStop();
            };
            trainer.Run();
        }
        var refused = Cli("resume", "stopped", "--runs", _tiny.Runs, "--set", change);
        Assert.Equal((2, $"moelab: {sentence}"), (refused.Exit, refused.Error.TrimEnd().Split('\n')[^1]));
        Assert.Equal(4, RunReader.Open(Path.Combine(_tiny.Runs, "stopped")).Step);
    }

    [Theory]
    [InlineData("--set kernel=cuda", "kernel: bench train compares the kernel that 'auto' selects with 'grouped-mm', not 'cuda'; remove it from the recipe")]
    [InlineData("--set training.device=cuda", "training.device: bench train measures the CPU, not a GPU; remove it from the recipe")]
    [InlineData("--threads 1025", "--threads: 1025 is out of range; expected 0 to 1024")]
    public void What_bench_train_does_not_measure_is_told(string options, string sentence) =>
        Assert.Contains(sentence, Cli(["bench", "train", "lab-tiny", .. options.Split(' ')]).Refused(), StringComparison.Ordinal);

    [Fact]
    public void A_run_without_a_checkpoint_starts_again()
    {
        var rows = TinyRuns.Rows(_tiny.Train(name: "whole"));
        var stopped = _tiny.Stop(_tiny.Recipe, "stopped", 3);
        Directory.Delete(Path.Combine(stopped, "checkpoints"), recursive: true);
        Assert.Contains("has no checkpoint yet", Cli("generate", stopped).Refused(), StringComparison.Ordinal);
        var run = Cli("resume", stopped);
        Assert.Equal(0, run.Exit);
        Assert.Contains("no checkpoint: starting at the first step", run.Error, StringComparison.Ordinal);
        Assert.Equal(rows, TinyRuns.Rows(stopped));
    }

    [Theory]
    [InlineData("model.safetensors", "model.safetensors is not what was written; the file is damaged")]
    [InlineData("state.json", "expected the state of a checkpoint")]
    public void A_corrupt_checkpoint_gives_way_to_the_one_before(string file, string why)
    {
        var whole = _tiny.Train();
        var rows = TinyRuns.Rows(whole);
        var path = Path.Combine(whole, "checkpoints", "step-8", file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^30]);
        foreach (var line in new[] { new[] { "generate", whole, "--tokens", "2" }, ["export", whole, Path.Combine(_tiny.Folder, "model")], ["resume", whole] })
        {
            var run = Cli(line);
            Assert.Equal(0, run.Exit);
            Assert.Contains($"checkpoint of step 8: {file}", run.Error, StringComparison.Ordinal);
            Assert.Contains($"{why}; falling back to step 4", run.Error, StringComparison.Ordinal);
        }
        Assert.Equal(rows, TinyRuns.Rows(whole));
        Assert.Contains("has no checkpoint of step 5; it has: 4, 8", Cli("generate", whole, "--step", "5").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named_by_export()
    {
        var run = _tiny.Train(_tiny.Recipe.With("training.steps=1"));
        var folder = Path.Combine(run, "recipe.yaml", "model");
        Assert.StartsWith($"export: the folder '{folder}' cannot be written (", Cli("export", run, folder).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_of_another_contract_is_refused_where_it_is_named_and_harms_nothing_else()
    {
        PluginSources.Compile(PluginSources.Tilt(contract: "99"), Path.Combine(_tiny.Folder, "tilt"));
        using var catalog = PluginCatalog.Discover();
        catalog.AddFolder(Path.Combine(_tiny.Folder, "tilt"));
        var sentence = CliRun.With(catalog, "train", _tiny.Write(), "--runs", _tiny.Runs, "--set", "balancer=tilt").Refused();
        Assert.Contains($"built against plugin contract 99, but this MoELab has contract {PluginContract.Version}", sentence, StringComparison.Ordinal);
        Assert.Contains("contract 99", CliRun.With(catalog, "plugins", "tilt").Error, StringComparison.Ordinal);
        var list = CliRun.With(catalog, "plugins", "--json");
        Assert.Equal(0, list.Exit);
        Assert.Contains("contract 99", list.Error, StringComparison.Ordinal);
        Assert.NotEmpty(list.Json.AsArray());
    }

    [Theory]
    [InlineData("generate {0} --tokens -1", "--tokens: -1 is out of range")]
    [InlineData("generate {0} --temperature -1", "temperature: -1 is out of range")]
    [InlineData("generate {0} --seed much", "--seed: 'much' is invalid; expected a whole number")]
    [InlineData("generate {0} --sed 3", "did you mean '--seed'?")]
    [InlineData("profile lab-tiny --steps 0", "--steps: 0 is out of range")]
    [InlineData("report {0} --output {1}", "is a folder")]
    [InlineData("export {0} {0}/recipe.yaml", "is a file; expected the path of a folder")]
    [InlineData("train lab-tiny --set", "--set needs a value")]
    [InlineData("show {0} {0}", "unexpected argument '{0}'")]
    [InlineData("compare --jsn {0}", "unknown option '--jsn' for 'moelab compare'; did you mean '--json'?")]
    [InlineData("bench train --recipe lab-tiny", "unknown option '--recipe' for 'moelab bench train'")]
    [InlineData("export {0} e --format pth", "--format: 'pth' is unknown; expected safetensors or pt (see 'moelab export --help')")]
    [InlineData("export {0} e --format 1", "--format: '1' is unknown; expected safetensors or pt")]
    [InlineData("resume {0} --damaged foo", "--damaged: 'foo' is unknown; expected refuse, drop or rewind")]
    [InlineData("sho", "unknown command 'sho'; did you mean 'show'?")]
    [InlineData("recipe", "needs one of show, list, diff, keys")]
    public void A_command_that_cannot_be_obeyed_is_one_sentence(string line, string part)
    {
        var run = Directory.CreateDirectory(Path.Combine(_tiny.Runs, "empty")).FullName;
        File.WriteAllText(Path.Combine(run, "recipe.yaml"), _tiny.Recipe.ToYaml());
        Assert.Contains(part.Replace("{0}", run, StringComparison.Ordinal), Cli(line.Replace("{0}", run, StringComparison.Ordinal).Replace("{1}", _tiny.Folder, StringComparison.Ordinal).Split(' ')).Refused(), StringComparison.Ordinal);
        Assert.Equal(RunStatus.Empty, RunReader.Open(run).Status);
    }

    private CliRun Cli(params string[] args) => CliRun.With(_tiny.Catalog, args);
}
