using MoELab.Plugins;
using MoELab.Tests.Training;

namespace MoELab.Tests.KnownBugs;

/// <summary>Auxiliary terms: never inside the loss that is reported, and the same however a step is cut into micro-batches.</summary>
[Trait("bug", "aux-loss-leak")]
public sealed class ReportedLossTests : IDisposable
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private readonly TinyRuns _tiny = new();

    public static TheoryData<string> Losses => [.. Catalog.All.Where(p => p.Kind == PluginKind.AuxiliaryLoss && p.Source != "registered").Select(p => p.Name)];

    public void Dispose() => _tiny.Dispose();

    [Theory, MemberData(nameof(Losses))]
    public void The_reported_losses_are_cross_entropies_whatever_the_weight(string loss)
    {
        // Nothing moves at a learning rate of zero, so that only the term itself could show.
        var still = (loss == "load" ? _tiny.Recipe.With("router", "noisy-top-k") : _tiny.Recipe).With("optimizer.muon.lr", 0).With("optimizer.adamw.lr", 0).With("balancer", "none");
        using var without = new ShortRun(still.With("losses", new JsonObject()), _tiny.Catalog, 2);
        using var with = new ShortRun(With(still, loss, 50), _tiny.Catalog, 2);
        for (var step = 0; step < 2; step++)
        {
            Assert.Equal(without.Outcomes[step].Losses.CrossEntropy, with.Outcomes[step].Losses.CrossEntropy);
            Assert.Equal(without.Outcomes[step].Losses.MicroLosses, with.Outcomes[step].Losses.MicroLosses);
            Assert.Equal(without.Outcomes[step].Losses.Domains, with.Outcomes[step].Losses.Domains);
            Assert.Equal(with.Outcomes[step].Losses.CrossEntropy + (50 * with.Outcomes[step].Losses.Auxiliary[loss]), with.Outcomes[step].Losses.Total, 1e-3 * with.Outcomes[step].Losses.Total);
            Assert.Equal(without.Outcomes[step].Losses.CrossEntropy, without.Outcomes[step].Losses.Total, 1e-5);
        }
        Assert.Equal(without.EvaluationLoss(), with.EvaluationLoss());
    }

    [Theory, InlineData("sequence-wise"), InlineData("router-z"), InlineData("head-z")]
    public void A_mean_over_tokens_or_sequences_does_not_depend_on_micro_batches(string loss)
    {
        using var one = new ShortRun(With(_tiny.Recipe, loss, 1).With("training.micro_batch_tokens", 256), _tiny.Catalog, 1);
        using var eight = new ShortRun(With(_tiny.Recipe, loss, 1).With("training.micro_batch_tokens", 32), _tiny.Catalog, 1);
        Assert.Equal(one.Outcomes[0].Losses.Auxiliary[loss], eight.Outcomes[0].Losses.Auxiliary[loss], 1e-5);
        Assert.Equal(1, eight.Outcomes[0].GradientNorm / one.Outcomes[0].GradientNorm, 1e-3);
    }

    [Theory, InlineData("switch"), InlineData("sequence-wise"), InlineData("global-batch"), InlineData("running-window")]
    public void A_balanced_router_costs_one_for_each_MoE_layer_and_none_for_dense_ones(string loss)
    {
        foreach (var dense in new[] { 0, 1, 2 })
        {
            using var run = new ShortRun(With(_tiny.Recipe, loss, 1).With("router", "uniform").With("model.dense_layers", dense), _tiny.Catalog, 1);
            Assert.Equal(3 - dense, run.Outcomes[0].Losses.Auxiliary[loss], 1e-5);
        }
    }

    private static Recipe With(Recipe recipe, string loss, double weight) =>
        recipe with { Losses = new Dictionary<string, JsonObject> { [loss] = new() { ["weight"] = weight } } };
}
