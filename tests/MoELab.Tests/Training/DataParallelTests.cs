using MoELab.Parallel;
using MoELab.Tests.KnownBugs;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>Ranks that share a step's sequences train the model that one process trains.</summary>
public sealed class DataParallelTests : IDisposable
{
    private const int Steps = 6;

    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(2, "smebu")]
    [InlineData(4, "smebu")]
    [InlineData(2, "quantile")]
    [InlineData(4, "proportional")]
    public void Ranks_train_as_one_process_does(int ranks, string balancer)
    {
        var recipe = Shared(_tiny.Recipe).With("balancer", balancer);
        var one = Train(recipe, null);
        var all = ThreadGroup.Run(ranks, group => Train(recipe, group), TimeSpan.FromMinutes(2));
        foreach (var steps in all)
        {
            for (var step = 0; step < Steps; step++)
            {
                // The choices of experts are the same, and so is what follows from them alone.
                Assert.Equal(one[step].Counts.Cast<long>(), steps[step].Counts.Cast<long>());
                Assert.Equal(one[step].Losses.CrossEntropy, steps[step].Losses.CrossEntropy, 1e-5);
                Assert.Equal(one[step].Losses.Total, steps[step].Losses.Total, 1e-5);
                Assert.Equal(one[step].GradientNorm, steps[step].GradientNorm, 1e-4 * one[step].GradientNorm);
                Assert.Equal(one[step].Losses.Domains.Select(d => d.Count), steps[step].Losses.Domains.Select(d => d.Count));
                Assert.Equal(one[step].Losses.MicroLosses.Count, steps[step].Losses.MicroLosses.Count);
                // Every rank knows the same to the last bit.
                Assert.Equal(all[0][step].Losses.Total, steps[step].Losses.Total);
                Assert.Equal(all[0][step].GradientNorm, steps[step].GradientNorm);
                Assert.Equal(all[0][step].Bias.Cast<float>(), steps[step].Bias.Cast<float>());
            }
        }
    }

    [Fact]
    public void Any_rank_of_many_steps_without_the_others()
    {
        using var group = new RecordingGroup(3, 4);
        var steps = Train(Shared(_tiny.Recipe), group);
        Assert.All(steps, s => Assert.Null(s.Skipped));
        // Gradients and counts in a call each, two for the losses; with a list of the losses of micro-batches.
        Assert.Equal(4 * Steps, group.Counts[CollectiveKind.AllReduce].Calls);
        Assert.Equal(Steps, group.Counts[CollectiveKind.AllGather].Calls);
        Assert.Equal(2, group.Counts.Count);
    }

    [Fact]
    public void A_step_that_ranks_cannot_share_is_refused()
    {
        var recipe = Shared(_tiny.Recipe).With("data.workers", 6);
        var e = Assert.Throws<InputException>(() => Train(recipe, new RecordingGroup(0, 3)));
        Assert.Contains("training.tokens_per_step: 3 ranks cannot share 256 tokens evenly", e.Message);
        e = Assert.Throws<InputException>(() => Train(Shared(_tiny.Recipe).With("data.workers", 3), new RecordingGroup(0, 4)));
        Assert.Contains("data.workers: 3 is not divisible by the 4 ranks", e.Message);
    }

    internal static Recipe Shared(Recipe recipe) => recipe.With("data.workers", 4).With("training.tokens_per_step", 256).With("training.micro_batch_tokens", 64);

    internal static IReadOnlyList<StepOutcome> Train(Recipe recipe, MoELab.Plugins.PluginCatalog catalog, IProcessGroup? group)
    {
        using var run = new ShortRun(recipe, catalog, Steps, group);
        return run.Outcomes;
    }

    private IReadOnlyList<StepOutcome> Train(Recipe recipe, IProcessGroup? group) => Train(recipe, _tiny.Catalog, group);
}
