using FsCheck;
using FsCheck.Fluent;
using MoELab.Optimization;

namespace MoELab.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Warm_up_rises_from_above_zero_to_one_then_holds_then_falls_to_the_last_value()
    {
        var schedule = Of(100, 0.1, 0.3, finalLr: 0.25);
        Assert.Equal([0.1, 0.2, 0.9, 1, 1, 1], new[] { 1, 2, 9, 10, 11, 71 }.Select(schedule.At));
        // The last value is reached when the last token is read; the last step begins a thirtieth above it.
        Assert.Equal(0.25 + (0.75 / 30), schedule.At(100), 1e-12);
        Assert.Equal(0.25 + (0.75 * 0.5), schedule.At(86), 1e-12);
        Assert.Equal(0.25 + (0.75 * 29 / 30), schedule.At(72), 1e-12);
    }

    [Fact]
    public void A_cosine_falls_slowly_fast_and_slowly_again()
    {
        var schedule = Of(100, 0, 1, DecayShape.Cosine, 0.1);
        for (var step = 1; step <= 100; step++)
            Assert.Equal(0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * (step - 1) / 100))), schedule.At(step), 1e-12);
    }

    [Fact]
    public void One_less_the_root_falls_steeply_first()
    {
        var schedule = Of(100, 0, 0.5, DecayShape.OneMinusSqrt, 0.1);
        Assert.Equal([1, 1], new[] { 50, 51 }.Select(schedule.At));
        foreach (var (step, done) in new[] { (52, 0.02), (63, 0.24), (76, 0.5), (100, 0.98) })
            Assert.Equal(0.1 + (0.9 * (1 - Math.Sqrt(done))), schedule.At(step), 1e-12);
    }

    [Theory]
    [InlineData("4096 tokens", "40%", 40)]
    [InlineData("1 step", "4096 tokens", 1)]
    [InlineData("1%", "40 steps", 40)]
    [InlineData("0.01", "163.84K", 40)]
    [InlineData("0.01", "0.4", 40)]
    public void Lengths_may_be_steps_tokens_or_shares(string warmup, string decay, int decaySteps)
    {
        var schedule = new LearningRateSchedule(new TrainingRecipe { Steps = 100, TokensPerStep = 4096, Warmup = warmup, Decay = decay });
        Assert.Equal((4096.0, decaySteps * 4096.0), (schedule.WarmupTokens, schedule.DecayTokens));
    }

    [Fact]
    public void A_larger_batch_moves_the_schedule_by_its_tokens()
    {
        // 50 steps of 100 tokens, then 50 of 300: 20,000 tokens, of which the last 40 % are 8,000, 26.67 steps.
        var schedule = new LearningRateSchedule(new TrainingRecipe { Steps = 100, TokensPerStep = 100, BatchSteps = new Dictionary<string, long> { ["51"] = 300 }, Warmup = 0, Decay = 0.4 });
        Assert.Equal(8000, schedule.DecayTokens);
        Assert.Equal([1, 1, 7800.0 / 8000, 300.0 / 8000], new[] { 50, 74, 75, 100 }.Select(schedule.At), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void The_last_step_trains_however_the_decay_ends()
    {
        foreach (var shape in Enum.GetValues<DecayShape>())
            foreach (var steps in new[] { 1, 2, 10, 300 })
                Assert.True(Of(steps, 0, 1, shape).At(steps) > 0);
    }

    [Theory]
    [InlineData(0.05, 100, 5)]
    [InlineData(0.07, 100, 7)]
    [InlineData(0.1, 30, 3)]
    [InlineData(0.05, 24, 1.2)]
    [InlineData(0.0, 24, 0)]
    [InlineData(1.0, 24, 1)]
    [InlineData(2000.0, 300, 300)]
    public void Warm_up_is_a_share_below_one_and_steps_from_one_up(double warmup, int steps, double expected) =>
        Assert.Equal(expected * 4096, Of(steps, warmup, 0).WarmupTokens, 1e-6);

    [Theory]
    [InlineData(0.4, 100, 40)]
    [InlineData(0.07, 100, 7)]
    [InlineData(1.0, 100, 100)]
    [InlineData(20.0, 100, 20)]
    [InlineData(0.0, 100, 0)]
    public void Decay_is_a_share_up_to_one_and_steps_above(double decay, int steps, int expected) =>
        Assert.Equal(expected * 4096, Of(steps, 0, decay).DecayTokens, 1e-6);

    [Fact]
    public void The_warm_up_leaves_the_decay_what_is_left() => Assert.Equal(4 * 4096, Of(10, 0.6, 1).DecayTokens, 1e-6);

    [Fact]
    public void Shares_scale_with_the_steps()
    {
        var (small, large) = (Of(24, 0.25, 0.5), Of(2400, 0.25, 0.5));
        for (var step = 1; step <= 24; step++)
        {
            // The warm-up rises with the tokens at a step's end, the decay falls with those at its beginning.
            Assert.Equal(large.At(step <= 6 ? step * 100 : ((step - 1) * 100) + 1), small.At(step), 1e-12);
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(24), InlineData(300)]
    public void The_default_recipe_is_valid_for_any_number_of_steps(int steps)
    {
        var schedule = new LearningRateSchedule(new TrainingRecipe { Steps = steps });
        var factors = Enumerable.Range(1, steps).Select(schedule.At).ToList();
        Assert.All(factors, f => Assert.InRange(f, 0, 1));
        Assert.Equal(1, factors.Max());
        Assert.True(factors[0] > 0);
    }

    [Fact]
    public void Any_schedule_stays_between_zero_and_one_and_rises_before_it_falls()
    {
        var cases = from steps in Gen.Choose(1, 60)
                    from warmup in Gen.Choose(0, 80)
                    from decay in Gen.Choose(0, 80)
                    from final in Gen.Choose(0, 10)
                    from shape in Gen.Elements(DecayShape.Linear, DecayShape.Cosine, DecayShape.OneMinusSqrt)
                    select (steps, warmup: warmup > 40 ? warmup - 40.0 : warmup / 41.0, decay: decay > 40 ? decay - 39.0 : decay / 40.0, final: final / 10.0, shape);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var schedule = Of(c.steps, c.warmup, c.decay, c.shape, c.final);
            var factors = Enumerable.Range(1, c.steps).Select(schedule.At).ToArray();
            var top = Array.LastIndexOf(factors, factors.Max());
            return factors.All(f => f is >= 0 and <= 1)
                && factors[..(top + 1)].Zip(factors[..(top + 1)].Skip(1)).All(p => p.First <= p.Second)
                && factors[top..].Zip(factors[top..].Skip(1)).All(p => p.First >= p.Second)
                && schedule.WarmupTokens + schedule.DecayTokens <= (c.steps * 4096.0) + 1e-6
                && factors[^1] > 0;
        }).QuickCheckThrowOnFailure();
    }

    private static LearningRateSchedule Of(int steps, double warmup, double decay, DecayShape shape = DecayShape.Linear, double finalLr = 0) =>
        new(new TrainingRecipe { Steps = steps, Warmup = warmup, Decay = decay, DecayShape = shape, FinalLr = finalLr });
}
