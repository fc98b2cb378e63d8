using MoELab.Tests.KnownBugs;

namespace MoELab.Tests.Training;

/// <summary>What a step sends through its process group.</summary>
public sealed class ProcessGroupTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("smebu")]
    [InlineData("quantile")]
    [InlineData("proportional")]
    public void Two_ranks_with_the_same_tokens_step_as_one_rank_with_half_of_them(string balancer)
    {
        var recipe = _tiny.Recipe.With("balancer", balancer).With("training.micro_batch_tokens", 128);
        using var one = new ShortRun(recipe.With("training.tokens_per_step", 128), _tiny.Catalog);
        using var two = new ShortRun(recipe.With("training.tokens_per_step", 256), _tiny.Catalog, group: new TwinRanks());
        for (var step = 0; step < one.Outcomes.Count; step++)
        {
            Assert.Equal(one.Outcomes[step].Losses.CrossEntropy, two.Outcomes[step].Losses.CrossEntropy);
            Assert.Equal(one.Outcomes[step].Losses.Total, two.Outcomes[step].Losses.Total);
            Assert.Equal(one.Outcomes[step].GradientNorm, two.Outcomes[step].GradientNorm);
            Assert.Equal(one.Outcomes[step].Losses.Logits, two.Outcomes[step].Losses.Logits);
            Assert.Equal(one.Outcomes[step].Bias.Cast<float>(), two.Outcomes[step].Bias.Cast<float>());
            Assert.Equal(one.Outcomes[step].Counts.Cast<long>().Select(c => 2 * c), two.Outcomes[step].Counts.Cast<long>());
            Assert.Equal(one.Outcomes[step].Losses.Domains.Select(d => (2 * d.Sum, 2 * d.Count)), two.Outcomes[step].Losses.Domains.Select(d => (d.Sum, d.Count)));
        }
    }

    /// <summary>The second rank holds what the first one holds: sums double, maxima stay.</summary>
    private sealed class TwinRanks : IProcessGroup
    {
        public int Rank => 0;

        public int Size => 2;

        public void AllReduce(Tensor tensor, ReduceOp op)
        {
            if (op == ReduceOp.Sum)
                tensor.mul_(2);
        }

        public void Broadcast(Tensor tensor, int root) { }

        public void Barrier() { }

        public void Dispose() { }
    }
}
