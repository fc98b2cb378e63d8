using FsCheck;
using FsCheck.Fluent;
using MathNet.Numerics.Distributions;
using MoELab.Randomness;
using MoELab.Studies.Statistics;
using Interval = MoELab.Studies.Statistics.Interval;

namespace MoELab.Tests.Studies.Statistics;

public sealed class BootstrapIntervalTests
{
    [Fact]
    public void The_same_values_give_the_same_interval_in_any_order()
    {
        double[] values = [0.3, 1.2, -0.4, 2.9, 0.8, 0.1];
        var interval = BootstrapInterval.Of(values);
        Assert.Equal(interval, BootstrapInterval.Of([.. values.Reverse()]));
        Assert.Equal(interval!.Value.Low, BootstrapInterval.Of(values, resamples: 1_000_000)!.Value.Low, 0.02);
    }

    [Fact]
    public void It_lies_within_the_values_and_moves_and_scales_with_them() => Prop.ForAll(Samples.Values(6).ToArbitrary(), values =>
    {
        var interval = BootstrapInterval.Of(values, resamples: 1000)!.Value;
        var moved = BootstrapInterval.Of([.. values.Select(v => (4 * v) + 16)], resamples: 1000)!.Value;
        return interval.Low >= values.Min() - 1e-12 && interval.High <= values.Max() + 1e-12
            && Math.Abs(moved.Low - ((4 * interval.Low) + 16)) < 1e-9 && Math.Abs(moved.High - ((4 * interval.High) + 16)) < 1e-9;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_neither_bias_nor_skew_it_is_the_percentile_interval()
    {
        double[] replicates = [.. Enumerable.Range(1, 999).Select(i => Normal.InvCDF(0, 1, i / 1000.0))];
        var interval = BootstrapInterval.Bca(0, [-1, 0, 1], replicates, 0.95);
        Assert.Equal(-1.959964, interval.Low, 1e-6);
        Assert.Equal(1.959964, interval.High, 1e-6);
    }

    [Fact]
    public void Skew_to_the_right_moves_both_ends_to_the_right()
    {
        double[] replicates = [.. Enumerable.Range(1, 999).Select(i => Normal.InvCDF(0, 1, i / 1000.0))];
        // Acceleration (1 + 1 + 1 - 27) / (6 * 12^1.5) = -0.0962 for -1 three times and 3, with the sign turned: +0.0962.
        var interval = BootstrapInterval.Bca(0, [-1, -1, -1, 3], replicates, 0.95);
        const double a = 24 / (6 * 41.5692193816531);
        Assert.Equal(1.959964 / (1 - (a * 1.959964)), interval.High, 1e-5);
        Assert.Equal(-1.959964 / (1 + (a * 1.959964)), interval.Low, 1e-5);
    }

    [Fact]
    public void Too_few_values_have_none_and_equal_values_one_without_width()
    {
        Assert.Null(BootstrapInterval.Of([1, 2]));
        Assert.Equal(new Interval(2, 2, 0.9), BootstrapInterval.Of([2, 2, 2], 0.9));
        Samples.Refused("the number of resamples is 10; expected a number from 1000 to 1000000", () => BootstrapInterval.Of([1, 2, 3], resamples: 10));
    }

    /// <summary>The page states these shares, measured with more samples and resamples.</summary>
    [Theory, InlineData(5), InlineData(8)]
    public void Student_covers_what_it_says_and_BCa_with_few_values_less(int n)
    {
        var random = new Philox(1, "coverage", $"{n}");
        const int Sets = 2000;
        var (t, bca) = (0, 0);
        var zeros = new double[n];
        for (var set = 0; set < Sets; set++)
        {
            double[] sample = [.. zeros.Select(_ => random.NextNormal())];
            var d = PairedDifference.Of(sample, zeros);
            t += d.Interval!.Value.Contains(0) ? 1 : 0;
            bca += d.Bootstrap(1000)!.Value.Contains(0) ? 1 : 0;
        }
        Assert.InRange((double)t / Sets, 0.935, 0.965);
        var row = Repository.Read("docs/statistics.md").Split('\n').Single(l => l.StartsWith($"| {n} | 9", StringComparison.Ordinal)).Split('|');
        // Three standard errors of a share over 2,000 sets.
        Assert.Equal(double.Parse(row[2].Trim(' ', '%'), CultureInfo.InvariantCulture) / 100, (double)t / Sets, 0.015);
        Assert.Equal(double.Parse(row[3].Trim(' ', '%'), CultureInfo.InvariantCulture) / 100, (double)bca / Sets, 0.025);
    }
}
