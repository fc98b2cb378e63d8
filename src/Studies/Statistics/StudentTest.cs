using MathNet.Numerics.Distributions;

namespace MoELab.Studies.Statistics;

/// <summary>Student's t test of an estimate against 0, and its interval.</summary>
internal readonly record struct StudentTest(double? T, double? P, Interval? Interval)
{
    private const double Rounding = 2.220446049250313e-16;

    /// <summary>Without an error there is nothing; with an error of 0 there is an interval without width, and neither t nor p.</summary>
    public static StudentTest Of(double estimate, double? error, double freedom, double level) => error switch
    {
        null => default,
        0 => new(null, null, new(estimate, estimate, level)),
        { } e => new(estimate / e, Math.Min(1, 2 * Upper(Math.Abs(estimate / e), freedom)),
            new(estimate - (Point(level, freedom) * e), estimate + (Point(level, freedom) * e), level)),
    };

    /// <summary>The probability that Student's t exceeds <paramref name="t"/>; as a lower tail, because small ones keep their digits there.</summary>
    public static double Upper(double t, double freedom) => StudentT.CDF(0, 1, freedom, -t);

    /// <summary>The two-sided point of a level, such as 2.776 for 0.95 and 4 degrees of freedom.</summary>
    public static double Point(double level, double freedom) => StudentT.InvCDF(0, 1, freedom, 1 - ((1 - level) / 2));

    /// <summary>A deviation, or 0 where it is the rounding of numbers of this size (the rule of R's t.test).</summary>
    public static double Deviation(double deviation, double scale) => deviation <= 10 * Rounding * scale ? 0 : deviation;
}
