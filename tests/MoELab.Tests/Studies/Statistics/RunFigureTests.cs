using FsCheck;
using FsCheck.Fluent;
using MoELab.Studies.Statistics;
using Interval = MoELab.Studies.Statistics.Interval;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>The noise floor, and the steps to a target.</summary>
public sealed class RunFigureTests
{
    [Fact]
    public void The_noise_floor_by_hand()
    {
        // s of 1..5 is sqrt(2.5); the points of chi-square with 4 degrees are 11.14329 and 0.4844186.
        var floor = NoiseFloor.Of([3, 1, 2, 5, 4]);
        Assert.Equal((5, 3.0, 1.0, 5.0, 4.0), (floor.Count, floor.Mean, floor.Lowest, floor.Highest, floor.Range));
        Assert.Equal(Math.Sqrt(2.5), floor.StandardDeviation!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(5), floor.DifferenceDeviation!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(10 / 11.14329), floor.DeviationInterval!.Value.Low, 1e-6);
        Assert.Equal(Math.Sqrt(10 / 0.4844186), floor.DeviationInterval!.Value.High, 1e-6);
        Assert.Equal((0.6, 2.9), (Math.Round(Math.Sqrt(4 / 11.14329), 1), Math.Round(Math.Sqrt(4 / 0.4844186), 1)));
    }

    [Fact]
    public void One_run_has_no_noise_floor_and_equal_runs_one_of_zero()
    {
        Assert.Equal((null, null, null), (NoiseFloor.Of([3]).StandardDeviation, NoiseFloor.Of([3]).DifferenceDeviation, NoiseFloor.Of([3]).DeviationInterval));
        Assert.Equal(new Interval(0, 0, 0.95), NoiseFloor.Of([3, 3]).DeviationInterval);
        Samples.Refused("value 1 of the runs is NaN; expected a finite number (leave out a run that diverged, and say so)",
            () => NoiseFloor.Of([double.NaN]));
    }

    [Theory]
    [InlineData(3.5, 15.0)]
    [InlineData(3.0, 20.0)]
    [InlineData(2.5, 40.0)]
    [InlineData(4.0, 10.0)]
    [InlineData(9.0, 10.0)]
    [InlineData(1.9, null)]
    public void A_falling_curve_first_reaches_a_target_between_two_evaluations(double target, double? expected) =>
        Assert.Equal(expected, StepsToTarget.First([10, 20, 30, 50], [4, 3, 3.0, 2], target));

    [Fact]
    public void A_curve_that_comes_back_counts_from_the_first_time_and_a_value_that_is_not_finite_reaches_nothing()
    {
        Assert.Equal(15, StepsToTarget.First([10, 20, 30], [2, 0, 2], 1));
        Assert.Equal(30, StepsToTarget.First([10, 20, 30], [2, double.NaN, 0], 1));
        Assert.Null(StepsToTarget.First([10, 20], [2, double.NegativeInfinity], 1));
        Assert.Equal(15, StepsToTarget.First([10, 20], [0.2, 0.6], 0.4, rising: true)!.Value, 1e-12);
        Assert.Null(StepsToTarget.First([], [], 1));
    }

    [Fact]
    public void A_crossing_lies_on_the_curve_and_nothing_before_it_reaches_the_target() => Prop.ForAll(
        Samples.Values(8).ToArbitrary(), Gen.Choose(-200, 200).ToArbitrary(), (values, t) =>
    {
        var (at, target) = (Enumerable.Range(0, 8).Select(i => i * 10.0).ToArray(), t / 64.0);
        if (StepsToTarget.First(at, values, target) is not { } crossing)
            return values.All(v => v > target);
        var next = Array.FindIndex(at, a => a >= crossing);
        return values.Take(next).All(v => v > target) && values[next] <= target && (next == 0 ? crossing == 0 : crossing > at[next - 1]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Runs_that_never_reach_the_target_are_counted()
    {
        var some = StepsToTarget.Of([40, null, 10, 20, null]);
        Assert.Equal((3, 5, 40, null, "3 of 5 reached it"), (some.Reached, some.Count, some.Median, some.Mean, some.Words));
        Assert.Null(StepsToTarget.Of([10, null]).Median);
        Assert.Equal((15.0, 15.0), (StepsToTarget.Of([10, 20]).Median!.Value, StepsToTarget.Of([10, 20]).Mean!.Value));
    }

    [Fact]
    public void Curves_that_are_not_sorted_are_told()
    {
        Samples.Refused("place 3 of the curve is 15, after 20; expected ascending places", () => StepsToTarget.First([10, 20, 15], [3, 2, 1], 2));
        Samples.Refused("place 2 of the curve is 10, after 10; expected ascending places", () => StepsToTarget.First([10, 10], [3, 2], 2));
        Samples.Refused("the curve has 2 places and 1 values; expected one value per place", () => StepsToTarget.First([10, 20], [3], 2));
        Samples.Refused("the target is NaN; expected a finite number", () => StepsToTarget.First([10], [3], double.NaN));
        Samples.Refused("there is no run that could have reached the target; expected at least one", () => StepsToTarget.Of([]));
    }
}
