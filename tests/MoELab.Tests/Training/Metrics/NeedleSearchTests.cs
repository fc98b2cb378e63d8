using MoELab.Data.Needles;
using MoELab.Data.Preparation;
using MoELab.Model;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training.Metrics;

public sealed class NeedleSearchTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private Recipe Recipe => _tiny.Recipe with { Training = _tiny.Recipe.Training with { SequenceLength = 128, NeedleKeys = 2 } };

    // The oracle asks for one text at a time, and adds up log-probabilities by hand.
    [Fact]
    public void Bits_and_accuracy_are_those_of_the_answers_tokens()
    {
        using var corpus = PreparedCorpus.Prepare(Recipe.Data, _tiny.Catalog);
        using var parts = new TrainingParts(BoundRecipe.Of(Recipe, _tiny.Catalog), _tiny.Catalog, corpus, new SingleProcess());
        using var noGrad = torch.no_grad();
        var bits = new double[2];
        var right = 0;
        foreach (var present in new[] { true, false })
        {
            foreach (var text in new Haystack(corpus, 2, 128).All(present))
            {
                using var scope = torch.NewDisposeScope();
                var logits_TV = parts.Model.Forward(torch.tensor(text.Tokens[..128], torch.ScalarType.Int64).reshape(1, 128),
                    torch.zeros(1, 128, torch.ScalarType.Int64), new ForwardContext()).Logits_TV;
                var all = true;
                for (var at = 128 - text.Answer; at < 128; at++)
                {
                    var logits = logits_TV[at].data<float>().ToArray();
                    bits[present ? 0 : 1] += (Math.Log(logits.Sum(l => Math.Exp(l))) - logits[text.Tokens[at + 1]]) / Math.Log(2) / Haystack.Texts;
                    all &= logits.Max() == logits[text.Tokens[at + 1]];
                }
                right += present && all ? 1 : 0;
            }
        }
        var found = new NeedleSearch(parts).Run("eval", 512, _ => new ForwardContext()).ToDictionary();
        Assert.Equal(bits[0], found["eval/needle/bits"], 1e-4);
        Assert.Equal(bits[1] - bits[0], found["eval/needle/gain"], 2e-4);
        Assert.Equal(right / 64.0, found["eval/needle/accuracy"]);
    }

    [Fact]
    public void A_run_logs_it_at_every_evaluation_and_trains_as_without()
    {
        var (with, without) = (RunReader.Open(_tiny.Train(Recipe, "with")), RunReader.Open(_tiny.Train(Recipe.With("training.needle_keys", 0), "without")));
        foreach (var key in new[] { "eval/needle/bits", "eval/needle/gain", "eval/needle/accuracy" })
        {
            Assert.Equal([3, 6, 8], with.Metrics[key].Steps);
            Assert.DoesNotContain(key, without.Metrics.Names);
        }
        Assert.Equal(without.Metrics["loss"].Values, with.Metrics["loss"].Values);
        Assert.Equal(without.Metrics["eval/loss"].Values, with.Metrics["eval/loss"].Values);
    }
}
