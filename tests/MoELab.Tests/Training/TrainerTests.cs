using MoELab.Runs.Analysis;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Training_lowers_the_loss_on_text_it_never_saw()
    {
        var run = RunReader.Open(_tiny.Train(_tiny.Recipe with { Training = _tiny.Recipe.Training with { Steps = 40 } }));
        var held = run.Metrics["eval/bits_per_byte"];
        Assert.True(held.Last < 0.8 * held.Values[0], $"{held.Values[0]} -> {held.Last}");
        Assert.Equal(RunStatus.Finished, run.Status);
    }

    [Fact]
    [Trait("bug", "non-determinism")]
    public void Equal_runs_write_equal_metrics_and_another_seed_does_not()
    {
        var first = TinyRuns.Rows(_tiny.Train(name: "a"));
        Assert.Equal(first, TinyRuns.Rows(_tiny.Train(name: "b")));
        Assert.NotEqual(first, TinyRuns.Rows(_tiny.Train(_tiny.Recipe.With("training.seed", 2), "c")));
    }

    [Theory]
    [InlineData("balancer.lambda=0.04")]
    [InlineData("losses.head-z.weight=0.01")]
    [InlineData("optimizer.muon.lr=0.004")]
    public void A_coefficient_moves_the_result_of_a_whole_run(string change)
    {
        Assert.NotEqual(TinyRuns.Rows(_tiny.Train(name: "plain"))[5], TinyRuns.Rows(_tiny.Train(_tiny.Recipe.With(change), "changed"))[5]);
    }

    [Fact]
    [Trait("bug", "miscounted-tokens")]
    public void Evaluation_leaves_no_trace_in_training()
    {
        var often = Losses(_tiny.Train(_tiny.Recipe.With("training.eval_every", 1), "often"));
        var never = Losses(_tiny.Train(_tiny.Recipe.With("training.eval_every", 0), "never"));
        Assert.Equal(never, often);
    }

    [Fact]
    public void Recomputing_blocks_changes_neither_counts_nor_losses()
    {
        var kept = _tiny.Train(name: "kept");
        var recomputed = _tiny.Train(_tiny.Recipe.With("training.activation_checkpointing", true), "recomputed");
        Assert.Equal(RunReader.Open(kept).Counts(1), RunReader.Open(recomputed).Counts(1));
        Assert.All(Losses(kept).Zip(Losses(recomputed)), p => Assert.Equal(p.First, p.Second, 1e-4));
    }

    [Fact]
    [Trait("bug", "miscounted-tokens")]
    public void Counts_are_of_the_whole_step_and_every_token_is_counted_once()
    {
        var recipe = _tiny.Recipe;
        var counts = RunReader.Open(_tiny.Train()).Counts(3);
        for (var layer = 0; layer < counts.GetLength(0); layer++)
            Assert.Equal(recipe.Training.TokensPerStep * recipe.Model.ActiveExperts, Enumerable.Range(0, recipe.Model.Experts).Sum(e => counts[layer, e]));
    }

    [Fact]
    public void Two_micro_batches_make_the_step_of_one()
    {
        var two = RunReader.Open(_tiny.Train(name: "two"));
        var one = RunReader.Open(_tiny.Train(_tiny.Recipe.With("training.micro_batch_tokens", 256), "one"));
        Assert.Equal(two.Counts(1), one.Counts(1));
        Assert.Equal(two.Metrics["loss"].At(1), one.Metrics["loss"].At(1), 1e-5);
        Assert.Equal(two.Metrics["grad_norm"].At(1), one.Metrics["grad_norm"].At(1), 1e-3);
    }

    [Fact]
    public void The_batch_grows_where_the_recipe_says()
    {
        var run = RunReader.Open(_tiny.Train(_tiny.Recipe with { Training = _tiny.Recipe.Training with { BatchSteps = new Dictionary<string, long> { ["5"] = 512 } } }));
        Assert.Equal([256, 512], new[] { run.Metrics["tokens"].At(4), run.Metrics["tokens"].At(5) });
        Assert.Equal((4 * 256) + (4 * 512), run.Metrics["tokens_total"].Last);
    }

    [Fact]
    public void A_loss_that_is_not_finite_skips_weights_and_balancer_alike()
    {
        _tiny.Catalog.Register(typeof(SpoilerLoss));
        // Two calls in the probe of terms, then two micro-batches a step: calls 5 and 6 are step 2.
        var run = RunReader.Open(_tiny.Train(Spoiled(from: 5, count: 2)));
        var skip = Assert.Single(run.Events, e => e.Kind == EventKind.Skip);
        var step = skip.Step;
        Assert.Equal(0, run.Metrics["bias_step/norm/0"].At(step));
        Assert.True(run.Metrics["bias_step/norm/0"].At(step + 1) > 0);
        Assert.Equal(1, run.Metrics["skipped"].At(step));
        Assert.True(double.IsFinite(run.Metrics["loss"].Last));
    }

    [Fact]
    public void Three_losses_in_a_row_that_are_not_finite_stop_the_run()
    {
        _tiny.Catalog.Register(typeof(SpoilerLoss));
        using var trainer = _tiny.Create(Spoiled(from: 7, count: 100));
        var error = Assert.Throws<NonFiniteException>(() => trainer.Run());
        Assert.Contains("in a row", error.Message);
        Assert.Contains("model.", error.Message);
    }

    [Fact]
    [Trait("bug", "inert-config")]
    public void A_term_without_a_gradient_is_an_error_before_the_first_step()
    {
        _tiny.Catalog.Register(typeof(SpoilerLoss));
        using var trainer = _tiny.Create(_tiny.Recipe with { Losses = new Dictionary<string, JsonObject> { ["spoiler"] = new() { ["factor"] = 0.0 } } });
        Assert.Contains("no parameter receives a gradient", Assert.Throws<InputException>(() => trainer.Run()).Message);
    }

    [Fact]
    [Trait("bug", "inert-config")]
    public void The_effective_configuration_and_each_terms_gradient_are_logged_before_step_one()
    {
        var events = TinyRuns.Events(_tiny.Train());
        Assert.Contains(events, e => e.Kind == EventKind.Config && e.Data?["balancer"]?["name"]?.ToString() == "smebu");
        Assert.Equal(["cross-entropy", "head-z", "sequence-wise"], events.Where(e => e.Kind == EventKind.Term).Select(e => e.Data!["term"]!.ToString()));
        Assert.All(events.Where(e => e.Kind == EventKind.Term), e => Assert.True(e.Data!["gradient_norm"]!.GetValue<double>() > 0));
    }

    [Fact]
    public void Every_metric_has_a_definition()
    {
        var known = MetricCatalog.Definitions.Select(d => d.Id).ToList();
        var run = RunReader.Open(_tiny.Train());
        Assert.All(run.Metrics.Names.Where(n => n != "step"), name => Assert.Contains(known, id => Matches(id, name)));
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("grouped-mm")]
    public void Every_kernel_gives_the_same_losses_to_rounding(string kernel) =>
        Assert.All(Losses(_tiny.Train(name: "default")).Zip(Losses(_tiny.Train(_tiny.Recipe.With("kernel", kernel), kernel))), p => Assert.Equal(p.First, p.Second, 2e-3));

    [Theory]
    [InlineData("softmax-top-k")]
    [InlineData("top-k-softmax")]
    [InlineData("noisy-top-k")]
    [InlineData("sinkhorn")]
    [InlineData("hash")]
    [InlineData("remoe")]
    [InlineData("uniform")]
    [InlineData("by-domain")]
    [Trait("bug", "resume")]
    public void Every_router_trains_and_resumes_exactly(string router)
    {
        var recipe = _tiny.Recipe.With("router", router).With("losses", new Dictionary<string, object>());
        var whole = _tiny.Train(recipe, "whole");
        string broken;
        using (var trainer = _tiny.Create(recipe, "broken"))
        {
            trainer.StepFinished += row => { if (row.Step == 5) trainer.RequestStop(); };
            trainer.Run();
            broken = trainer.Folder;
        }
        using (var trainer = Trainer.Resume(broken, _tiny.Catalog)!)
            trainer.Run();
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
    }

    [Fact]
    public void A_router_whose_gates_have_no_slope_is_noted()
    {
        var single = RunReader.Open(_tiny.Train(_tiny.Recipe.With("model.active_experts", 1), "single"));
        Assert.Contains("no gradient", Assert.Single(single.Events, e => e.Kind == EventKind.Note).Message);
        Assert.Contains(RunAnalysis.Explain(single), f => f.Text.Contains("no gradient", StringComparison.Ordinal));
        var plain = RunReader.Open(_tiny.Train(_tiny.Recipe.With("model.active_experts", 1).With("router.normalise=false"), "plain"));
        Assert.DoesNotContain(plain.Events, e => e.Kind == EventKind.Note);
    }

    [Fact]
    public void A_router_that_sees_later_tokens_trains_and_is_not_measured_on_held_out_text()
    {
        var run = RunReader.Open(_tiny.Train(_tiny.Recipe.With("router", "expert-choice").With("training.eval_every", 2)));
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.DoesNotContain(run.Metrics.Names, k => k.StartsWith("eval/", StringComparison.Ordinal));
        Assert.Contains("depend on later tokens", Assert.Single(run.Events, e => e.Kind == EventKind.Note).Message);
    }

    private Recipe Spoiled(int from, int count) => _tiny.Recipe with { Losses = new Dictionary<string, JsonObject> { ["spoiler"] = new() { ["from"] = from, ["count"] = count } } };

    private static double[] Losses(string run) => [.. RunReader.Open(run).Metrics["loss"].Values];

    private static bool Matches(string id, string name) => id == name || (id.EndsWith('*') && name.StartsWith(id[..^1], StringComparison.Ordinal));
}
