using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

public sealed class EffectiveSpeedupTests
{
    /// <summary>Published losses of marin's Agent MoE experiments, and the speedups printed there.</summary>
    [Theory]
    [InlineData(3.8104, 3.7542, 1.3148)]
    [InlineData(3.4339, 3.3988, 1.2280)]
    [InlineData(3.1605, 3.1357, 1.1856)]
    [InlineData(3.6427, 3.6380, 1.0248)]
    [InlineData(3.6427, 3.6446, 0.9902)]
    [InlineData(3.6427, 3.6376, 1.0269)]
    [InlineData(3.6427, 3.6401, 1.0136)]
    public void Published_losses_give_published_speedups(double baseline, double arm, double expected) =>
        Assert.Equal(expected, EffectiveSpeedup.Of([baseline], [arm]).Loss, 5e-5);

    [Fact]
    public void It_is_the_budget_that_the_baseline_needs_over_that_spent()
    {
        var (law, budget) = (new LossLaw(1.2, 0.08), 3e18);
        // The definition, step by step.
        var scale = (3.4 - 1.2) * Math.Pow(budget, 0.08);
        var need = Math.Pow(scale / (3.3 - 1.2), 1 / 0.08);
        var s = EffectiveSpeedup.Of([3.4], [RunCost.Flops(budget, 2e12)], [3.3], [RunCost.Flops(budget, 1.5e12)], law);
        Assert.Equal(need / budget, s.Loss, 1e-9);
        Assert.Equal(need / 2e12 / (budget / 1.5e12), s.WallClock!.Value, 1e-9);
        Assert.Equal((Currency.Flops, 1, null, null), (s.Currency, s.Pairs, s.LossInterval, s.WallClockInterval));
        // Half a percent more budget for the same loss is half a percent less speedup.
        var more = EffectiveSpeedup.Of([3.4], [RunCost.Flops(budget, 2e12)], [3.3], [RunCost.Flops(budget * 1.005, 1.5e12)], law);
        Assert.Equal(s.Loss / 1.005, more.Loss, 1e-9);
    }

    [Fact]
    public void An_equally_good_arm_with_more_FLOPs_per_token_is_as_fast_as_its_tokens()
    {
        // Equal data: 18 % more FLOPs per token, equal tokens per second and loss. FLOPs beside tokens would have said 0.85 or 1.18.
        var s = EffectiveSpeedup.Of([3.1], [RunCost.Tokens(1e9, 4e5)], [3.1], [RunCost.Tokens(1e9, 4e5)]);
        Assert.Equal((1.0, 1.0, Currency.Tokens), (s.Loss, s.WallClock!.Value, s.Currency));
    }

    [Fact]
    public void Over_seeds_it_is_the_geometric_mean_of_pairs_with_the_interval_of_their_logarithms()
    {
        double[] baseline = [3.10, 3.12, 3.09], arm = [3.08, 3.09, 3.08];
        var each = baseline.Zip(arm, (b, a) => EffectiveSpeedup.Of([b], [a]).Loss).ToArray();
        var s = EffectiveSpeedup.Of(baseline, arm);
        var logs = PairedDifference.Of([.. each.Select(v => Math.Log(v))], [0, 0, 0]);
        Assert.Equal(Math.Pow(each.Aggregate((x, y) => x * y), 1 / 3.0), s.Loss, 1e-9);
        Assert.Equal(Math.Exp(logs.Interval!.Value.Low), s.LossInterval!.Value.Low, 1e-9);
        Assert.Equal(Math.Exp(logs.Interval!.Value.High), s.LossInterval!.Value.High, 1e-9);
        Assert.Null(s.WallClock);
    }

    [Fact]
    public void Changing_sides_inverts_it()
    {
        double[] a = [3.10, 3.12, 3.09], b = [3.08, 3.09, 3.08];
        RunCost fast = RunCost.Tokens(1e9, 5e5), slow = RunCost.Tokens(1e9, 4e5);
        var (s, back) = (EffectiveSpeedup.Of(a, [fast, fast, fast], b, [slow, slow, slow]), EffectiveSpeedup.Of(b, [slow, slow, slow], a, [fast, fast, fast]));
        Assert.Equal(1, s.WallClock!.Value * back.WallClock!.Value, 1e-9);
        Assert.Equal(1, s.WallClockInterval!.Value.Low * back.WallClockInterval!.Value.High, 1e-9);
        Assert.True(s.Loss > 1 && s.WallClock < s.Loss);
    }

    [Fact]
    public void Mixed_currencies_unequal_budgets_and_losses_below_the_floor_are_told()
    {
        RunCost tokens = RunCost.Tokens(1e9, 4e5), flops = RunCost.Flops(1e18, 1e12);
        Samples.Refused("some costs are in tokens and some in FLOPs; expected one currency: at equal data, tokens and tokens per second of both, "
            + "at equal compute, FLOPs and FLOPs per second of both", () => EffectiveSpeedup.Of([3], [tokens], [2.9], [flops]));
        Samples.Refused("in pair 2 the arm spent 2e+09 tokens and the baseline 1e+09; expected budgets within 1 % of each other",
            () => EffectiveSpeedup.Of([3, 3], [tokens, tokens], [2.9, 2.9], [tokens, RunCost.Tokens(2e9, 4e5)]));
        Samples.Refused("there are 2 pairs of losses, 1 costs of the baseline and 2 of the arm; expected one cost per loss",
            () => EffectiveSpeedup.Of([3, 3], [tokens], [2.9, 2.9], [tokens, tokens]));
        Samples.Refused("loss 2 of the arm is 1.6; expected more than 1.6, the floor of the loss law", () => EffectiveSpeedup.Of([3, 3], [2, 1.6]));
        Samples.Refused("the run's tokens per second is 0; expected a finite number above 0", () => RunCost.Tokens(1, 0));
        Samples.Refused("the floor of the loss law is -1; expected a finite number of 0 or more", () => new LossLaw(-1));
        Samples.Refused("the exponent of the loss law is 0; expected a finite number above 0", () => new LossLaw(exponent: 0));
    }
}
