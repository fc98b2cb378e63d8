using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training;
using MoELab.Training.Checkpoints;

namespace MoELab.Tests.Training;

/// <summary>A run that continues from another run's checkpoint: a decay branched from a stable run.</summary>
public sealed class BranchTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private Recipe Stable => _tiny.Recipe with { Training = _tiny.Recipe.Training with { Warmup = "2 steps", Decay = 0 } };

    [Fact]
    public void A_decay_from_a_stable_checkpoint_equals_a_run_that_had_it_from_the_start()
    {
        var whole = TinyRuns.Rows(_tiny.Train(Stable with { Training = Stable.Training with { Steps = 10, Decay = "6 steps" } }, "whole"));
        var stable = _tiny.Train(Stable, "stable");
        var branch = _tiny.Train(DecayBranch.Of(stable, 4, 6), "branch");
        Assert.Equal(whole[4..], TinyRuns.Rows(branch));
        Assert.Equal([1, 5 / 6.0, 4 / 6.0, 3 / 6.0, 2 / 6.0, 1 / 6.0], RunReader.Open(branch).Metrics["learning_rate_factor"].Values, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Contains("from step 4 of 'stable' to step 10", RunReader.Open(branch).Events.Single(e => e.Kind == EventKind.Start).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_branch_resumes_bit_identical_though_the_stable_run_is_gone()
    {
        var stable = _tiny.Train(Stable, "stable");
        var recipe = DecayBranch.Of(stable, 8, "1024 tokens");
        Assert.Equal(12, recipe.Training.Steps);
        var whole = TinyRuns.Rows(_tiny.Train(recipe, "whole"));
        string folder;
        using (var trainer = _tiny.Create(recipe, "broken"))
        {
            folder = trainer.Folder;
            trainer.StepFinished += row =>
            {
                if (row.Step == 10)
                    trainer.RequestStop();
            };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        }
        // The newest one is damaged: the resume falls back to the branch's own copy of its beginning.
        File.WriteAllText(Path.Combine(folder, "checkpoints", "step-10", "state.json"), "{");
        Directory.Delete(stable, recursive: true);
        using (var again = Trainer.Resume(folder, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, again.Run());
        Assert.Equal(whole, TinyRuns.Rows(folder));
    }

    [Fact]
    public void A_branch_may_swap_the_balancer_and_the_data_mixture()
    {
        var stable = _tiny.Train(Stable, "stable");
        var recipe = DecayBranch.Of(stable, null, "50%").With("balancer", "sign-bias").With("data.phases", new[] { new { weights = new { words = 1.0 } } });
        Assert.Equal(12, recipe.Training.Steps);
        var run = RunReader.Open(_tiny.Train(recipe, "branch"));
        Assert.Equal([9, 10, 11, 12], run.Metrics.Steps);
        Assert.Equal("sign-bias", run.Recipe.Balancer.Name);
        Assert.Equal(12, run.Metrics["loss/domain/words"].Steps[^1]);
    }

    [Fact]
    public void A_context_extension_continues_the_run_of_its_seed_and_may_train_one_attention_alone()
    {
        var stable = _tiny.Train(Stable.With("training.seed", 3), "short-3");
        var groups = OptimizerRecipe.TrinitySplit.Keys.ToDictionary(role => role, _ => "lion");
        groups["model.layers.2.self_attn.*_proj.weight"] = "muon";
        var recipe = Stable.With("training", new { seed = 3, start_from = "short-{seed}", sequence_length = 128, needle_keys = 1, steps = 10 })
            .With("optimizer", new { groups, lion = new { lr = 0.0 } });
        var run = RunReader.Open(_tiny.Train(recipe, "long-3"));
        Assert.Equal("short-{seed}", run.Recipe.Training.StartFrom);
        Assert.Equal([9, 10], run.Metrics.Steps);
        Assert.Equal(9 * 256, run.Metrics["tokens_total"].Values[0]);
        var (before, after) = (Weights(stable, 8), Weights(run.FullPath, 10));
        Assert.All(before.Keys, name => Assert.Equal(
            !name.StartsWith("model.layers.2.self_attn.", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal),
            before[name].AsSpan().SequenceEqual(after[name])));
    }

    [Theory]
    [InlineData("model.d_model=64", "model.d_model: differs from the recipe of")]
    [InlineData("training.seed=7", "training.seed: differs from the recipe of")]
    [InlineData("training.steps=8", "training.steps: 8 is out of range")]
    [InlineData("training.start_from=/nowhere/step-3", "'/nowhere/step-3' is not a checkpoint")]
    public void What_cannot_be_continued_gets_one_sentence(string change, string expected)
    {
        var stable = _tiny.Train(Stable, "stable");
        var recipe = DecayBranch.Of(stable, null, 4).With(change);
        Assert.Contains(expected, Assert.Throws<InputException>(() => _tiny.Create(recipe)).Message, StringComparison.Ordinal);
        Assert.Equal(["stable"], Directory.GetDirectories(_tiny.Runs).Select(Path.GetFileName));
    }

    [Fact]
    public void A_change_of_the_batch_under_way_resumes_bit_identical()
    {
        var recipe = Stable with
        {
            Training = Stable.Training with { Steps = 12, Decay = "50%", CheckpointEvery = 3 },
            Schedule = [new ScheduledChange { Step = "1280 tokens", Set = new Dictionary<string, JsonNode?> { ["training.tokens_per_step"] = 512 } }],
        };
        var whole = RunReader.Open(_tiny.Train(recipe, "whole"));
        Assert.Equal([256, 256, 256, 256, 256, 512, 512], whole.Metrics["tokens"].Values.Take(7));
        string folder;
        using (var trainer = _tiny.Create(recipe, "broken"))
        {
            folder = trainer.Folder;
            trainer.StepFinished += row =>
            {
                if (row.Step == 8)
                    trainer.RequestStop();
            };
            trainer.Run();
        }
        using (var again = Trainer.Resume(folder, _tiny.Catalog)!)
            again.Run();
        Assert.Equal(TinyRuns.Rows(whole.FullPath), TinyRuns.Rows(folder));
        Assert.Single(RunReader.Open(folder).Events, e => e.Kind == EventKind.Set);
    }

    private static Dictionary<string, byte[]> Weights(string run, int step)
    {
        var file = File.ReadAllBytes(Path.Combine(run, "checkpoints", $"step-{step}", "model.safetensors"));
        var header = 8 + BitConverter.ToInt32(file);
        return JsonNode.Parse(file.AsSpan(8, header - 8))!.AsObject().Where(t => t.Key != "__metadata__").ToDictionary(t => t.Key, t =>
            file[(header + (int)t.Value!["data_offsets"]![0]!)..(header + (int)t.Value!["data_offsets"]![1]!)]);
    }
}
