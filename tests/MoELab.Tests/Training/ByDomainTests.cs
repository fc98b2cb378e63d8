using MoELab.Data.Preparation;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Routing.Domains;
using MoELab.Runs.Reading;
using MoELab.Tests.Routing;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;
using MoELab.Views;

namespace MoELab.Tests.Training;

/// <summary>The reference router knows each token's domain, in training, in evaluation and in views of held-out text, and nowhere else.</summary>
public sealed class ByDomainTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory, InlineData(8, 4, new[] { 2, 2, 2, 2 }), InlineData(10, 4, new[] { 3, 2, 3, 2 }), InlineData(7, 3, new[] { 3, 2, 2 }), InlineData(3, 3, new[] { 1, 1, 1 }), InlineData(5, 1, new[] { 5 })]
    public void Experts_are_divided_evenly_and_in_order(int experts, int domains, int[] sizes)
    {
        var owners = Enumerable.Range(0, experts).Select(e => ByDomain.Owner(e, experts, domains)).ToArray();
        Assert.Equal(owners.Order(), owners);
        Assert.Equal(sizes, owners.CountBy(o => o).Select(o => o.Value));
    }

    [Fact]
    public void An_evaluation_finds_each_expert_in_one_domain()
    {
        var recipe = _tiny.Recipe.With("router", "by-domain");
        using var corpus = PreparedCorpus.Prepare(recipe.Data, _tiny.Catalog);
        using var parts = new TrainingParts(BoundRecipe.Of(recipe, _tiny.Catalog), _tiny.Catalog, corpus, new SingleProcess());
        var evaluator = new Evaluator(parts);
        var found = evaluator.Run(1, 128, "eval");
        Assert.Equal(1, found["eval/purity/mean"]);
        for (var layer = 0; layer < parts.Layers; layer++)
        {
            Assert.Equal(0, Enumerable.Range(4, 4).Sum(e => evaluator.LastCountsOfDomains[0][layer, e]));
            Assert.Equal(0, Enumerable.Range(0, 4).Sum(e => evaluator.LastCountsOfDomains[1][layer, e]));
            // The expert tells the domain: I = H(d) = ln 2, as both domains have as many tokens.
            var shares = Enumerable.Range(0, 8).Select(e => evaluator.LastCounts[layer, e] / 512.0).Where(s => s > 0);
            Assert.Equal(Math.Sqrt(Math.Log(2) / -shares.Sum(s => s * Math.Log(s))), found[$"eval/nmi/layer/{layer}"], 1e-12);
        }
        Assert.True(found["eval/purity_control/mean"] < 0.65);
    }

    [Fact]
    public void A_run_trains_and_its_views_of_held_out_text_know_the_domains_but_a_text_has_none()
    {
        var run = RunReader.Open(_tiny.Train(_tiny.Recipe.With("router", "by-domain")));
        foreach (var (_, counts) in run.Routing!.Read(run.Routing.Steps))
            Assert.Equal(2 * 2 * 256, counts.Cast<long>().Sum());
        var routing = HeldOutRouting.Of(run, 256);
        Assert.Equal(0, Enumerable.Range(4, 4).Sum(e => routing.Counts[0, 0, e] + routing.Counts[1, 0, e]));
        Assert.True(Enumerable.Range(4, 4).Sum(e => routing.Counts[0, 1, e]) > 0);
        using var model = LabModel.Load(run.FullPath, null, _tiny.Catalog);
        Assert.Equal("router: 'by-domain' needs to know the domain of every token, which only training, held-out evaluation and views of held-out text do; "
            + "expected another router for other text", Assert.Throws<InputException>(() => model.Loss("7 plus 8 is 15")).Message);
    }

    [Fact]
    public void A_domain_needs_as_many_experts_as_a_token_uses()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal("router: 'by-domain' divides the 8 experts among 4 domains, which leaves fewer than the 3 that a token uses; expected model.experts from 12 up",
            Assert.Throws<InputException>(() => RouterKit.Create("by-domain").Route(RouterKit.Input(torch.zeros(4, 8), k: 3))).Message);
    }
}
