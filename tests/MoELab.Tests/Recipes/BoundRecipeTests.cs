using MoELab.Plugins;
using MoELab.Tests.Training;

namespace MoELab.Tests.Recipes;

/// <summary>A recipe is bound once: the plugins that its check made are those that run.</summary>
public sealed class BoundRecipeTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_makes_its_balancer_once()
    {
        _tiny.Catalog.Register(typeof(Counted));
        using var trainer = _tiny.Create(_tiny.Recipe.With("balancer", "counted").With("training.steps", 1));
        Assert.Equal(1, Counted.Made);
        trainer.Run();
        Assert.Equal(1, Counted.Made);
    }

    [Fact]
    public void What_is_bound_is_the_effective_recipe()
    {
        var bound = BoundRecipe.Of(_tiny.Recipe, _tiny.Catalog);
        Assert.Equal(_tiny.Recipe.InFull(_tiny.Catalog), bound.Recipe);
        Assert.Equal(_tiny.Recipe.Losses.Keys.Order(StringComparer.Ordinal), bound.Losses.Select(l => l.Name));
        Assert.Equal(["adamw", "muon"], bound.Optimizers.Select(o => o.Name));
    }

    [Theory]
    [InlineData("hash"), InlineData("uniform"), InlineData("forced"), InlineData("expert-choice"), InlineData("expert-threshold"), InlineData("remoe"), InlineData("group-limited"), InlineData("by-domain")]
    public void Null_experts_need_a_router_that_chooses_the_largest(string router) => Assert.Equal(
        $"model.null_experts: needs a router that chooses a token's K largest of all experts, which '{router}' does not; expected 0, or a router such as 'sigmoid-top-k'",
        Assert.Throws<InputException>(() => BoundRecipe.Of(_tiny.Recipe.With("model.null_experts", 2).With("router", router), _tiny.Catalog)).Message);

    /// <summary>Counts how often it is made.</summary>
    [Plugin("counted", "counts how often it is made")]
    public sealed class Counted : IBalancer
    {
        public Counted() => Made++;

        public static int Made { get; private set; }

        public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

        public BalancerState CreateState(int layers, int experts) => new(layers, experts);

        public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
        {
        }
    }
}
