using FsCheck;
using FsCheck.Fluent;
using MoELab.Randomness;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

public sealed class PowerTests
{
    [Fact]
    public void It_is_how_often_simulated_studies_show_the_difference()
    {
        var random = new Philox(2, "power");
        var zeros = new double[5];
        const int Studies = 20_000;
        var shown = Enumerable.Range(0, Studies).Count(_ =>
            PairedDifference.Of([.. zeros.Select(_ => 1.5 + random.NextNormal())], zeros) is { P: < 0.05, Mean: > 0 });
        // Three standard errors of a share over 20,000 studies.
        Assert.Equal(Power.Achieved(1.5, 1, 5), (double)shown / Studies, 0.0106);
    }

    [Fact]
    public void The_seeds_needed_suffice_and_one_fewer_does_not() => Prop.ForAll(
        Gen.Choose(5, 400).ToArbitrary(), Gen.Choose(10, 99).ToArbitrary(), (d, share) =>
    {
        var (difference, power) = (d / 100.0, share / 100.0);
        return Power.SeedsNeeded(difference, 1, power: power) is { } n && Power.Achieved(difference, 1, n) >= power
            && (n == 2 || Power.Achieved(difference, 1, n - 1) < power);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_smallest_difference_has_the_power_asked_for() => Prop.ForAll(
        Gen.Choose(2, 60).ToArbitrary(), Gen.Choose(10, 99).ToArbitrary(), (n, share) =>
    {
        var smallest = Power.SmallestDifference(0.003, n, power: share / 100.0);
        return Math.Abs(Power.Achieved(smallest, 0.003, n) - (share / 100.0)) < 1e-8;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_difference_far_below_the_noise_needs_more_seeds_than_anyone_trains()
    {
        Assert.Null(Power.SeedsNeeded(0.0001, 0.01));
        Assert.Equal(Power.Achieved(0.01, 0.004, 5), Power.Achieved(-0.01, 0.004, 5));
        Assert.Equal(1, Power.Achieved(100, 1, 5), 1e-12);
    }

    [Fact]
    public void Without_a_shift_it_is_the_tail_of_t()
    {
        foreach (var (t, freedom) in new[] { (0.5, 1), (12.706, 1), (636.0, 1), (2.776, 4), (1.96, 5000) })
            Assert.Equal(StudentTest.Upper(t, freedom), NoncentralT.Upper(t, freedom, 0), 1e-10);
    }

    [Fact]
    public void Arguments_out_of_range_are_told()
    {
        Samples.Refused("the difference to detect is 0; expected a finite number above 0", () => Power.Achieved(0, 1, 5));
        Samples.Refused("the standard deviation of the differences is -1; expected a finite number above 0", () => Power.SeedsNeeded(1, -1));
        Samples.Refused("the number of seeds is 1; expected a number from 2 to 10000", () => Power.Achieved(1, 1, 1));
        Samples.Refused("the power is 1; expected a number from 0.05 to 0.999", () => Power.SeedsNeeded(1, 1, power: 1));
        Samples.Refused("the power 0.2 is reached by chance alone at the level 0.5; expected more than 0.25", () => Power.SmallestDifference(1, 5, 0.5, 0.2));
    }
}
