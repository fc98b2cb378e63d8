using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.KnownBugs;

/// <summary>Every training token is counted once, at each of its experts, and nothing else is.</summary>
public sealed class CountingTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    /// <summary>Routers whose tokens use exactly K experts.</summary>
    public static TheoryData<string> Routers => ["sigmoid-top-k", "softmax-top-k", "top-k-softmax", "noisy-top-k", "sinkhorn", "hash", "uniform", "forced", "group-limited"];

    public void Dispose() => _tiny.Dispose();

    [Theory, MemberData(nameof(Routers)), Trait("bug", "selection")]
    public void Every_router_keeps_every_route_in_every_step(string router)
    {
        using var run = new ShortRun(_tiny.Recipe.With("router", router).With("losses", new Dictionary<string, object>()), _tiny.Catalog);
        for (var layer = 0; layer < run.Layers; layer++)
            Assert.All(run.Loads(layer), row => Assert.Equal(run.Recipe.Training.TokensPerStep * run.Recipe.Model.ActiveExperts, row.Sum()));
    }

    [Fact, Trait("bug", "selection")]
    public void A_router_without_a_fixed_number_keeps_about_as_many()
    {
        using var choice = new ShortRun(_tiny.Recipe.With("router", "expert-choice"), _tiny.Catalog);
        using var relu = new ShortRun(_tiny.Recipe.With("router", "remoe"), _tiny.Catalog);
        var wanted = _tiny.Recipe.Training.TokensPerStep * _tiny.Recipe.Model.ActiveExperts;
        Assert.All(choice.Loads(0), row => Assert.Equal(wanted, row.Sum()));
        // Half of the logits of a fresh router are above zero.
        Assert.All(relu.Loads(0), row => Assert.InRange(row.Sum(), wanted, _tiny.Recipe.Training.TokensPerStep * _tiny.Recipe.Model.Experts));
    }

    [Theory, InlineData("smebu"), InlineData("proportional"), InlineData("quantile"), Trait("bug", "miscounted-tokens")]
    public void Evaluation_between_steps_moves_neither_counts_nor_bias(string balancer)
    {
        var recipe = _tiny.Recipe.With("balancer", balancer);
        var (never, always) = (RunReader.Open(_tiny.Train(recipe.With("training.eval_every", 0), "never")), RunReader.Open(_tiny.Train(recipe.With("training.eval_every", 1), "always")));
        for (var step = 1; step <= recipe.Training.Steps; step++)
            Assert.Equal(never.Counts(step), always.Counts(step));
        foreach (var name in never.Metrics.Names.Where(n => n.StartsWith("bias", StringComparison.Ordinal) || n.StartsWith("max_vio", StringComparison.Ordinal)))
            Assert.Equal(never.Metrics[name].Values, always.Metrics[name].Values);
    }

    [Theory, InlineData("smebu"), InlineData("proportional"), InlineData("quantile"), Trait("bug", "miscounted-tokens")]
    public void Recomputed_blocks_are_counted_once_whatever_the_balancer_sees(string balancer)
    {
        var recipe = _tiny.Recipe.With("balancer", balancer);
        using var plain = new ShortRun(recipe, _tiny.Catalog);
        using var recomputed = new ShortRun(recipe.With("training.activation_checkpointing", true), _tiny.Catalog);
        for (var layer = 0; layer < plain.Layers; layer++)
        {
            Assert.Equal(plain.Loads(layer), recomputed.Loads(layer));
            for (var step = 0; step < 3; step++)
                Assert.Equal(plain.Bias(step, layer), recomputed.Bias(step, layer));
        }
    }

    [Fact, Trait("bug", "miscounted-tokens")]
    public void Micro_batches_add_up_to_the_counts_of_the_step()
    {
        using var one = new ShortRun(_tiny.Recipe.With("training.micro_batch_tokens", 256), _tiny.Catalog, 1);
        using var eight = new ShortRun(_tiny.Recipe.With("training.micro_batch_tokens", 32), _tiny.Catalog, 1);
        for (var layer = 0; layer < one.Layers; layer++)
        {
            Assert.Equal(one.Loads(layer), eight.Loads(layer));
            Assert.Equal(one.Bias(0, layer), eight.Bias(0, layer));
        }
    }
}
