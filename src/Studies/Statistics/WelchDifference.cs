using MathNet.Numerics.Statistics;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The difference of an arm from its reference where their runs do not pair: Welch's test, which lets the two variances differ. With v = s^2 / n of
/// each side, the standard error is sqrt(v1 + v2) with (v1 + v2)^2 / (v1^2 / (n1 - 1) + v2^2 / (n2 - 1)) degrees of freedom (Welch 1947;
/// R's <c>t.test</c>).
/// </summary>
/// <remarks>Use <see cref="PairedDifference"/> where seeds pair: it removes what a seed does to both sides.</remarks>
public sealed record WelchDifference : Difference
{
    private WelchDifference(double[] arm, double[] reference, double mean, double? error, double freedom, double level)
        : base(mean, error, freedom, level) => (ArmCount, ReferenceCount) = (arm.Length, reference.Length);

    /// <summary>Runs of the arm.</summary>
    public int ArmCount { get; }

    /// <summary>Runs of the reference.</summary>
    public int ReferenceCount { get; }

    /// <inheritdoc/>
    public override string? Remark => StandardError switch
    {
        null => "one run on a side gives neither an interval nor a p value",
        0 => "the runs of each side are equal, so the interval has no width and there is no p value",
        _ => null,
    };

    /// <summary>Compares an arm with its reference.</summary>
    /// <param name="arm">The arm's values, one per run.</param>
    /// <param name="reference">The reference's values; there may be more or fewer of them.</param>
    /// <param name="level">Level of the interval, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">No values, a value that is not finite, or a level out of range.</exception>
    public static WelchDifference Of(IReadOnlyList<double> arm, IReadOnlyList<double> reference, double level = 0.95)
    {
        var (a, r) = (Check.Some(arm, "the arm"), Check.Some(reference, "the reference"));
        var mean = a.Mean() - r.Mean();
        Check.Level(level);
        if (a.Length < 2 || r.Length < 2)
            return new(a, r, mean, null, 0, level);
        var (va, vr) = (a.Variance() / a.Length, r.Variance() / r.Length);
        var error = StudentTest.Deviation(Math.Sqrt(va + vr), a.Concat(r).Max(Math.Abs));
        var freedom = error == 0 ? a.Length + r.Length - 2 : (va + vr) * (va + vr) / ((va * va / (a.Length - 1)) + (vr * vr / (r.Length - 1)));
        return new(a, r, mean, error, freedom, level);
    }
}
