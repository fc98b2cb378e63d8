using MathNet.Numerics.Distributions;
using MoELab.Randomness;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The bias-corrected and accelerated (BCa) bootstrap interval of a mean (Efron 1987; Efron and Tibshirani 1993, eq. 14.10, 14.14 and 14.15).
/// Resamples come from a fixed stream, so the same values always give the same interval.
/// </summary>
/// <remarks>
/// With few values it is too narrow, because resamples cannot spread beyond what was seen: see the measured coverage in docs/statistics.md.
/// State Student's interval first, and this one where the differences are clearly skewed and there are many of them.
/// </remarks>
public static class BootstrapInterval
{
    /// <summary>The default number of resamples.</summary>
    public const int Resamples = 10_000;

    internal const int Fewest = 3;

    /// <summary>The interval of the mean of the values.</summary>
    /// <param name="values">Independent values, such as the differences of pairs.</param>
    /// <param name="level">Level of the interval, from 0.5 to 0.999.</param>
    /// <param name="resamples">How many resamples are drawn, from 1,000 to 1,000,000.</param>
    /// <returns>Null with fewer than three values, without width where all are equal.</returns>
    /// <exception cref="InputException">No values, a value that is not finite, or an argument out of range.</exception>
    public static Interval? Of(IReadOnlyList<double> values, double level = 0.95, int resamples = Resamples)
    {
        var sorted = Check.Some(values, "the sample");
        Check.Level(level);
        Check.Within(resamples, "the number of resamples", 1_000, 1_000_000);
        // In one order, so that resamples of the same values have the same mean to the last bit.
        Array.Sort(sorted);
        if (sorted.Length < Fewest)
            return null;
        var estimate = sorted.Sum() / sorted.Length;
        if (sorted[0] == sorted[^1])
            return new(sorted[0], sorted[0], level);
        return Bca(estimate, [.. sorted.Select(v => v - estimate)], Replicates(sorted, resamples), level);
    }

    /// <summary>The interval from replicates of an estimate and the influence of each observation on it.</summary>
    /// <param name="estimate">The estimate of the whole sample.</param>
    /// <param name="influence">How the estimate grows with the weight of each observation; any scale.</param>
    /// <param name="replicates">The estimate of each resample, in any order; sorted here.</param>
    /// <param name="level">Level of the interval.</param>
    internal static Interval Bca(double estimate, IReadOnlyList<double> influence, double[] replicates, double level)
    {
        Array.Sort(replicates);
        // Half of what equals the estimate counts as below it: resamples of few values often repeat the sample.
        var below = replicates.Average(r => r < estimate ? 1 : r == estimate ? 0.5 : 0);
        var bias = Normal.InvCDF(0, 1, below);
        var acceleration = influence.Sum(l => l * l * l) / (6 * Math.Pow(influence.Sum(l => l * l), 1.5));
        var z = Normal.InvCDF(0, 1, 1 - ((1 - level) / 2));
        return new(Quantile(replicates, Share(-z)), Quantile(replicates, Share(z)), level);
        double Share(double point) => Normal.CDF(0, 1, bias + ((bias + point) / (1 - (acceleration * (bias + point)))));
    }

    private static double[] Replicates(double[] sorted, int resamples)
    {
        var random = new Philox(0, "bootstrap");
        var replicates = new double[resamples];
        var counts = new int[sorted.Length];
        for (var b = 0; b < resamples; b++)
        {
            Array.Clear(counts);
            for (var i = 0; i < counts.Length; i++)
                counts[random.NextInt(counts.Length)]++;
            var sum = 0.0;
            for (var i = 0; i < counts.Length; i++)
                sum += counts[i] * sorted[i];
            replicates[b] = sum / sorted.Length;
        }
        return replicates;
    }

    // Between order statistics on the normal scale, as R's boot.ci does (Davison and Hinkley 1997, eq. 5.8).
    private static double Quantile(double[] sorted, double share)
    {
        var rank = share * (sorted.Length + 1);
        var k = (int)rank;
        if (k < 1 || k >= sorted.Length)
            return k < 1 ? sorted[0] : sorted[^1];
        var (low, high) = (Point(k), Point(k + 1));
        return sorted[k - 1] + ((Normal.InvCDF(0, 1, share) - low) / (high - low) * (sorted[k] - sorted[k - 1]));
        double Point(int order) => Normal.InvCDF(0, 1, order / (sorted.Length + 1.0));
    }
}
