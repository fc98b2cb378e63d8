using MoELab.Recipes.Costs;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training.Metrics;

namespace MoELab.Tests.Training;

/// <summary>What a run logs of its router: only what applies to it, and from what really happened.</summary>
public sealed class RouterMetricsTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("sigmoid-top-k", "router/entropy router/margin router/saturated")]
    [InlineData("group-limited", "router/entropy router/margin router/saturated")]
    [InlineData("by-domain", "router/entropy router/margin router/saturated")]
    [InlineData("softmax-top-k", "router/entropy router/margin")]
    [InlineData("top-k-softmax", "router/entropy router/margin")]
    [InlineData("noisy-top-k", "router/entropy router/margin")]
    [InlineData("sinkhorn", "router/entropy router/margin router/saturated")]
    [InlineData("remoe", "router/entropy")]
    [InlineData("expert-threshold", "router/entropy router/saturated")]
    [InlineData("expert-choice", "router/entropy")]
    [InlineData("forced", "router/entropy router/saturated")]
    [InlineData("hash", "")]
    [InlineData("uniform", "router/entropy router/saturated")]
    public void A_metric_that_does_not_apply_is_not_logged(string router, string expected)
    {
        var recipe = _tiny.Recipe.With("training.steps", 2).With("router", router);
        var metrics = RunReader.Open(_tiny.Train(router == "group-limited" ? recipe.With("router.groups", 4).With("router.kept_groups", 2) : recipe)).Metrics;
        Assert.Equal(expected, string.Join(' ', metrics.Names.Where(n => n is "router/entropy" or "router/margin" or "router/saturated")));
        Assert.All(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), n => Assert.All(metrics[n].Values, v => Assert.True(double.IsFinite(v))));
    }

    [Fact]
    public void A_router_that_sees_later_tokens_is_named_when_training_starts_and_its_rule_without_them_is_evaluated()
    {
        var run = RunReader.Open(_tiny.Train(_tiny.Recipe.With("router", "sinkhorn").With("training.steps", 3)));
        Assert.Contains("the training loss does not measure prediction; evaluation and generation use its rule without them", run.Events.Single(e => e.Kind == EventKind.Note).Message, StringComparison.Ordinal);
        Assert.True(run.Metrics["eval/bits_per_byte"].Count > 0);
        Assert.DoesNotContain(TinyRuns.Events(_tiny.Train(_tiny.Recipe.With("training.steps", 2))), e => e.Kind == EventKind.Note);
    }

    [Theory, InlineData(0), InlineData(8)]
    public void Utilisation_counts_the_experts_that_tokens_used(int nullExperts)
    {
        var recipe = _tiny.Recipe.With("model.null_experts", nullExperts);
        var (m, tokens) = (recipe.Model, 100L);
        var utilisation = new Utilisation(recipe, 300);
        // In balance, this share of the choices is computed.
        var columns = m.Experts + nullExperts;
        var usual = tokens * m.MoELayers * m.ActiveExperts * m.Experts / columns;
        Assert.Equal(tokens * RecipeCost.Of(recipe, 300).FlopsPerToken, utilisation.Flops(tokens, usual));
        // All experts for every token cost what a recipe costs that says so.
        Assert.Equal(tokens * RecipeCost.Of(recipe.With("model.active_experts", m.Experts), 300).FlopsPerToken, utilisation.Flops(tokens, tokens * m.MoELayers * m.Experts * m.Experts / columns), 1e-3);
        // A second router matrix costs as much as the first.
        var router = 6.0 * tokens * m.MoELayers * columns * m.DModel;
        Assert.Equal(utilisation.Flops(tokens, usual) + router, new Utilisation(recipe, 300, 1).Flops(tokens, usual), 1e-3);
        // The parts of a profile are what the whole is made of.
        var cost = RecipeCost.Of(recipe, 300, 1);
        Assert.Equal(new Utilisation(recipe, 300, 1).Flops(tokens, 3 * usual), MoELab.Model.ModelPart.All.Sum(p => StepProfile.FlopsOf(p, recipe, cost, tokens, 3 * usual)), 1e-3);
        Assert.Equal(utilisation.Flops(tokens, usual) / 2 / 1e9, utilisation.Of(tokens, usual, 2, 1e9), 1e-12);
    }
}
