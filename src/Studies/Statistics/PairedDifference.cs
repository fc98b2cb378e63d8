using MathNet.Numerics.Statistics;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The difference of an arm from its reference where both ran on the same seeds. With d_i = arm_i - reference_i: mean(d), s = sd(d) with n - 1,
/// standard error s / sqrt(n), t = mean / standard error with n - 1 degrees of freedom (Student 1908; R's <c>t.test(paired = TRUE)</c>).
/// </summary>
/// <remarks>Assumes that the differences are independent and roughly normal; the values themselves need not be.</remarks>
public sealed record PairedDifference : Difference
{
    private PairedDifference(double[] differences, double? deviation, double level)
        : base(differences.Mean(), deviation / Math.Sqrt(differences.Length), differences.Length - 1, level) =>
        (Differences, StandardDeviation) = (differences, deviation);

    /// <summary>How many pairs there are.</summary>
    public int Count => Differences.Count;

    /// <summary>Arm less reference of each pair, in their order.</summary>
    public IReadOnlyList<double> Differences { get; }

    /// <summary>Standard deviation of the differences (n - 1); null with one pair, 0 where they differ by rounding only.</summary>
    public double? StandardDeviation { get; }

    /// <inheritdoc/>
    public override string? Remark => (Count, StandardDeviation) switch
    {
        (1, _) => "one pair gives neither an interval nor a p value",
        (_, 0) => $"all {Count} differences are equal, so the interval has no width and there is no p value",
        _ => null,
    };

    /// <summary>Compares an arm with its reference, pair by pair.</summary>
    /// <param name="arm">The arm's values, one per seed.</param>
    /// <param name="reference">The reference's values on the same seeds, in the same order.</param>
    /// <param name="level">Level of the interval, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">No values, unequal numbers of values, a value that is not finite, or a level out of range.</exception>
    public static PairedDifference Of(IReadOnlyList<double> arm, IReadOnlyList<double> reference, double level = 0.95)
    {
        var (a, r) = Check.Pairs(arm, "the arm", reference, "the reference");
        var differences = a.Zip(r, (x, y) => x - y).ToArray();
        var scale = a.Concat(r).Max(Math.Abs);
        return new(differences, a.Length < 2 ? null : StudentTest.Deviation(differences.StandardDeviation(), scale), Check.Level(level));
    }

    /// <summary>The BCa bootstrap interval of the mean difference, at the level of this comparison: see <see cref="BootstrapInterval"/>.</summary>
    /// <param name="resamples">How many resamples are drawn.</param>
    /// <returns>Null with fewer than three pairs, without width where all differences are equal.</returns>
    public Interval? Bootstrap(int resamples = BootstrapInterval.Resamples) =>
        StandardDeviation == 0 && Count >= BootstrapInterval.Fewest ? new(Mean, Mean, Level) : BootstrapInterval.Of(Differences, Level, resamples);
}
