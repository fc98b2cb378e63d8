using FsCheck;
using FsCheck.Fluent;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

public sealed class DifferenceTests
{
    [Fact]
    public void A_case_by_hand()
    {
        // Differences 1, 2, 3: mean 2, s 1, error 1/sqrt(3), t 2 sqrt(3), and the point of t for 2 degrees is 4.302653.
        var d = PairedDifference.Of([2, 4, 6], [1, 2, 3]);
        Assert.Equal((3, 2.0, 1.0, 2.0), (d.Count, d.Mean, d.StandardDeviation!.Value, d.DegreesOfFreedom));
        Assert.Equal(2 * Math.Sqrt(3), d.T!.Value, 1e-12);
        Assert.Equal(2 - (4.30265273 / Math.Sqrt(3)), d.Interval!.Value.Low, 1e-7);
        Assert.Equal(2 + (4.30265273 / Math.Sqrt(3)), d.Interval!.Value.High, 1e-7);
        Assert.Null(d.Remark);
    }

    [Fact]
    public void One_pair_has_a_difference_and_nothing_else()
    {
        var d = PairedDifference.Of([2.5], [2]);
        Assert.Equal(0.5, d.Mean);
        Assert.Equal((null, null, null, null, null), (d.StandardDeviation, d.StandardError, d.P, d.Interval, d.Bootstrap()));
        Assert.Equal("one pair gives neither an interval nor a p value", d.Remark);
        Assert.Null(WelchDifference.Of([2.5], [2, 3]).Interval);
        Assert.Null(WelchDifference.Of([2.5, 2], [3]).P);
    }

    [Fact]
    public void Equal_differences_have_an_interval_without_width_and_no_p_even_where_they_differ_by_rounding()
    {
        var d = PairedDifference.Of([0.3, 1.1, 5.1], [0.2, 1, 5]);
        Assert.NotEqual(d.Differences[0], d.Differences[1]);
        Assert.Equal((0, null, null), (d.StandardDeviation, d.T, d.P));
        Assert.Equal((d.Mean, d.Mean), (d.Interval!.Value.Low, d.Interval!.Value.High));
        Assert.Equal(0, d.Bootstrap()!.Value.Width);
        Assert.Contains("all 3 differences are equal", d.Remark, StringComparison.Ordinal);
        Assert.Equal((0, null), (WelchDifference.Of([2, 2], [1, 1]).StandardError, WelchDifference.Of([2, 2], [1, 1]).P));
    }

    [Fact]
    public void Pairing_removes_what_a_seed_does_to_both_sides()
    {
        double[] seeds = [0, 10, 20, 30, 40], arm = [1.01, 11.02, 21, 30.99, 41.01];
        Assert.True(PairedDifference.Of(arm, seeds).P < 1e-6);
        Assert.True(WelchDifference.Of(arm, seeds).P > 0.9);
    }

    [Fact]
    public void The_interval_excludes_zero_exactly_where_p_is_below_its_level() => Prop.ForAll(Samples.Pairs, pairs =>
    {
        foreach (var level in new[] { 0.8, 0.95, 0.99 })
        {
            Difference[] both = [PairedDifference.Of(pairs.A, pairs.B, level), WelchDifference.Of(pairs.A, pairs.B, level)];
            foreach (var d in both.Where(d => d.P is not null && Math.Abs(d.P.Value - (1 - level)) > 1e-9))
            {
                if (d.Interval!.Value.Contains(0) != d.P > 1 - level)
                    return false;
            }
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Changing_sides_changes_the_sign_alone_and_scale_changes_no_p() => Prop.ForAll(Samples.Pairs, pairs =>
    {
        var (d, back) = (PairedDifference.Of(pairs.A, pairs.B), PairedDifference.Of(pairs.B, pairs.A));
        var large = PairedDifference.Of([.. pairs.A.Select(v => 8 * v)], [.. pairs.B.Select(v => 8 * v)]);
        return d.Mean == -back.Mean && d.P == back.P && d.Interval?.Low == -back.Interval?.High && large.P == d.P && large.Mean == 8 * d.Mean
            && WelchDifference.Of(pairs.A, pairs.B).P == WelchDifference.Of(pairs.B, pairs.A).P;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_cannot_be_compared_is_told()
    {
        Samples.Refused("there are 2 values of the arm and 1 of the reference; expected one of each per pair", () => PairedDifference.Of([1, 2], [1]));
        Samples.Refused("value 2 of the arm is NaN; expected a finite number (leave out a run that diverged, and say so)",
            () => PairedDifference.Of([1, double.NaN], [1, 2]));
        Samples.Refused("there are no values of the reference; expected one or more", () => WelchDifference.Of([1], []));
        Samples.Refused("the level of the interval is 95; expected a number from 0.5 to 0.999", () => PairedDifference.Of([1, 2], [1, 1], 95));
    }
}
