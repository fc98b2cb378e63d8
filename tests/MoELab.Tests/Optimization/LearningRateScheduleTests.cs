using FsCheck;
using FsCheck.Fluent;
using MoELab.Optimization;
using MoELab.Recipes;

namespace MoELab.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Warm_up_rises_from_above_zero_to_one_then_holds_then_falls_to_the_last_value()
    {
        var schedule = Of(100, 0.1, 0.3, finalLr: 0.25);
        Assert.Equal([0.1, 0.2, 0.9, 1, 1, 1], new[] { 1, 2, 9, 10, 11, 70 }.Select(schedule.At));
        Assert.Equal(0.25, schedule.At(100), 1e-12);
        Assert.Equal(0.25 + (0.75 * 0.5), schedule.At(85), 1e-12);
        Assert.Equal(0.25 + (0.75 * 29 / 30), schedule.At(71), 1e-12);
    }

    [Fact]
    public void A_cosine_falls_slowly_fast_and_slowly_again()
    {
        var schedule = Of(100, 0, 1, DecayShape.Cosine, 0.1);
        for (var step = 1; step <= 100; step++)
            Assert.Equal(0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * step / 100))), schedule.At(step), 1e-12);
    }

    [Theory]
    [InlineData(0.05, 100, 5)]
    [InlineData(0.07, 100, 7)]
    [InlineData(0.1, 30, 3)]
    [InlineData(0.05, 24, 2)]
    [InlineData(0.0, 24, 0)]
    [InlineData(1.0, 24, 1)]
    [InlineData(2000.0, 300, 300)]
    public void Warm_up_is_a_share_below_one_and_steps_from_one_up(double warmup, int steps, int expected) =>
        Assert.Equal(expected, Of(steps, warmup, 0).WarmupSteps);

    [Theory]
    [InlineData(0.4, 100, 40)]
    [InlineData(0.07, 100, 7)]
    [InlineData(1.0, 100, 100)]
    [InlineData(20.0, 100, 20)]
    [InlineData(0.0, 100, 0)]
    public void Decay_is_a_share_up_to_one_and_steps_above(double decay, int steps, int expected) =>
        Assert.Equal(expected, Of(steps, 0, decay).DecaySteps);

    [Fact]
    public void The_warm_up_leaves_the_decay_what_is_left() => Assert.Equal(4, Of(10, 0.6, 1).DecaySteps);

    [Fact]
    public void Shares_scale_with_the_steps()
    {
        var (small, large) = (Of(24, 0.25, 0.5), Of(2400, 0.25, 0.5));
        for (var step = 1; step <= 24; step++)
            Assert.Equal(large.At(step * 100), small.At(step), 1e-12);
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
                    from shape in Gen.Elements(DecayShape.Linear, DecayShape.Cosine)
                    select (steps, warmup: warmup > 40 ? warmup - 40.0 : warmup / 41.0, decay: decay > 40 ? decay - 39.0 : decay / 40.0, final: final / 10.0, shape);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var schedule = Of(c.steps, c.warmup, c.decay, c.shape, c.final);
            var factors = Enumerable.Range(1, c.steps).Select(schedule.At).ToArray();
            var top = Array.LastIndexOf(factors, factors.Max());
            return factors.All(f => f is >= 0 and <= 1)
                && factors[..(top + 1)].Zip(factors[..(top + 1)].Skip(1)).All(p => p.First <= p.Second)
                && factors[top..].Zip(factors[top..].Skip(1)).All(p => p.First >= p.Second)
                && schedule.WarmupSteps + schedule.DecaySteps <= c.steps
                && (schedule.DecaySteps == 0 || Math.Abs(factors[^1] - c.final) < 1e-12);
        }).QuickCheckThrowOnFailure();
    }

    private static LearningRateSchedule Of(int steps, double warmup, double decay, DecayShape shape = DecayShape.Linear, double finalLr = 0) =>
        new(new TrainingRecipe { Steps = steps, Warmup = warmup, Decay = decay, DecayShape = shape, FinalLr = finalLr });
}
