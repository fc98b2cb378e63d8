using MoELab.Data.Preparation;
using MoELab.Parallel;
using MoELab.Routing.Metrics;
using MoELab.Runs.Analysis;
using MoELab.Runs.Reading;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>What a run is measured on: one text at every evaluation, whatever the run's length, and no padding.</summary>
[Trait("bug", "moving-held-out-text")]
public sealed class EvaluationTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    // Nothing moves: neither weights nor the expert bias.
    private Recipe Still(int steps) => _tiny.Recipe with
    {
        Balancer = new PluginChoice("none"),
        Optimizer = new OptimizerRecipe(OptimizerRecipe.TrinitySplit, new Dictionary<string, JsonObject> { ["muon"] = new() { ["lr"] = 0 }, ["adamw"] = new() { ["lr"] = 0 } }),
        Training = _tiny.Recipe.Training with { Steps = steps, EvalFinalTokens = 512 },
    };

    [Fact]
    public void The_same_weights_cost_the_same_at_every_evaluation_and_in_runs_of_any_length()
    {
        var (shorter, longer) = (RunReader.Open(_tiny.Train(Still(7), "shorter")), RunReader.Open(_tiny.Train(Still(12).With("training.eval_every", 5), "longer")));
        foreach (var key in shorter.Metrics.Names.Where(n => n.StartsWith("eval/", StringComparison.Ordinal)))
            Assert.Single(shorter.Metrics[key].Values.Concat(longer.Metrics[key].Values).Distinct());
        Assert.Equal([3, 6, 7], shorter.Metrics["eval/bits_per_byte"].Steps);
        Assert.Equal([5, 10, 12], longer.Metrics["eval/bits_per_byte"].Steps);
        foreach (var run in new[] { shorter, longer })
            Assert.Equal([run.Step], run.Metrics["eval_final/bits_per_byte"].Steps);
        Assert.Equal(shorter.Metrics["eval_final/bits_per_byte"].Last, longer.Metrics["eval_final/bits_per_byte"].Last);
        Assert.NotEqual(shorter.Metrics["eval/bits_per_byte"].Last, shorter.Metrics["eval_final/bits_per_byte"].Last);
    }

    [Fact]
    public void A_run_shorter_than_the_long_evaluation_and_one_that_wants_none_have_none()
    {
        // 3 steps of 256 tokens are fewer than 512 of each of two domains.
        Assert.DoesNotContain(RunReader.Open(_tiny.Train(Still(3), "short")).Metrics.Names, n => n.StartsWith("eval_final", StringComparison.Ordinal));
        Assert.DoesNotContain(RunReader.Open(_tiny.Train(Still(8).With("training.eval_final_tokens", 0), "none")).Metrics.Names, n => n.StartsWith("eval_final", StringComparison.Ordinal));
    }

    [Fact]
    public void Floors_and_the_models_figure_weigh_domains_alike()
    {
        var recipe = _tiny.Recipe.With("data.tokenizer", "bpe-300");
        var run = RunReader.Open(_tiny.Train(recipe));
        using var corpus = PreparedCorpus.Prepare(recipe.Data);
        var bytes = corpus.Domains.Select((_, d) => (double)corpus.EvaluationSize(d, 32, 128).Bytes).ToArray();
        Assert.NotEqual(bytes[0], bytes[1]);
        double Weighted(Func<int, double> of) => bytes.Select((b, d) => b * of(d)).Sum() / bytes.Sum();
        Assert.Equal(Weighted(d => run.Metrics[$"eval/bits_per_byte/{corpus.Domains[d].Name}"].Last), run.Metrics["eval/bits_per_byte"].Last, 1e-12);
        Assert.Equal(Weighted(d => corpus.Floors[d].BigramBitsPerByte), RunFloors.Of(run).Bigram!.Value, 1e-12);
        if (RunFloors.Of(run).Xz is { } xz)
            Assert.Equal(Weighted(d => corpus.Floors[d].XzBitsPerByte!.Value), xz, 1e-12);
    }

    [Fact]
    public void Specialisation_is_that_of_the_choices_of_each_domain()
    {
        var recipe = _tiny.Recipe;
        using var corpus = PreparedCorpus.Prepare(recipe.Data, _tiny.Catalog);
        using var parts = new TrainingParts(MoELab.Plugins.BoundRecipe.Of(recipe, _tiny.Catalog), _tiny.Catalog, corpus, new SingleProcess());
        var evaluator = new Evaluator(parts);
        var found = evaluator.Run(1, 128, "eval");
        Assert.Equal(2, evaluator.LastCountsOfDomains.Count);
        double purity = 0, information = 0;
        for (var layer = 0; layer < parts.Layers; layer++)
        {
            var counts = new long[2, 8];
            for (var e = 0; e < 8; e++)
            {
                (counts[0, e], counts[1, e]) = (evaluator.LastCountsOfDomains[0][layer, e], evaluator.LastCountsOfDomains[1][layer, e]);
                Assert.Equal(evaluator.LastCounts[layer, e], counts[0, e] + counts[1, e]);
            }
            Assert.Equal(128 * 2, Enumerable.Range(0, 8).Sum(e => counts[0, e]));
            Assert.Equal(SpecialisationMetrics.Purity(counts), found[$"eval/purity/layer/{layer}"]);
            Assert.Equal(SpecialisationMetrics.Control(counts, 1, layer).Purity, found[$"eval/purity_control/layer/{layer}"]);
            Assert.Equal(SpecialisationMetrics.Control(counts, 1, layer).NormalisedMutualInformation, found[$"eval/nmi_control/layer/{layer}"]);
            purity += SpecialisationMetrics.Purity(counts) / parts.Layers;
            information += SpecialisationMetrics.NormalisedMutualInformation(counts) / parts.Layers;
        }
        Assert.Equal(purity, found["eval/purity/mean"], 1e-12);
        Assert.Equal(information, found["eval/nmi/mean"], 1e-12);
    }

    [Fact]
    public void A_single_domain_has_no_specialisation()
    {
        var recipe = _tiny.Recipe with { Data = _tiny.Recipe.Data with { Sources = _tiny.Recipe.Data.Sources.Take(1).ToDictionary() } };
        Assert.DoesNotContain(RunReader.Open(_tiny.Train(recipe)).Metrics.Names, n => n.Contains("/purity", StringComparison.Ordinal) || n.Contains("/nmi", StringComparison.Ordinal));
    }

    // All held-out text of both domains in sequences so long that the last is mostly padding: each token of it counts once per layer.
    [Fact]
    public void Padding_counts_in_no_load()
    {
        var recipe = _tiny.Recipe with { Router = new PluginChoice("forced"), Training = _tiny.Recipe.Training with { SequenceLength = 1024, TokensPerStep = 1024, MicroBatchTokens = 1024 } };
        using var corpus = PreparedCorpus.Prepare(recipe.Data, _tiny.Catalog);
        using var parts = new TrainingParts(MoELab.Plugins.BoundRecipe.Of(recipe, _tiny.Catalog), _tiny.Catalog, corpus, new SingleProcess());
        Assert.Contains(corpus.EvaluationBatches(0, 1024, 2, 0), b => b.Batch.Targets.Contains(-1));
        var evaluator = new Evaluator(parts);
        evaluator.Run(1, 0, "eval");
        var tokens = corpus.Domains.Select((_, d) => corpus.EvaluationSize(d, 1024, 0).Tokens).Sum();
        Assert.Equal(tokens * recipe.Model.ActiveExperts, evaluator.LastCounts.Cast<long>().Sum() / parts.Layers);
    }
}
