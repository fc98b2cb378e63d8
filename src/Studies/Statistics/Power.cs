using MathNet.Numerics.RootFinding;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The power of the paired t test: how likely it shows a difference that is there. With n seeds, a true mean difference d and a standard deviation s of
/// the differences, t is noncentral with n - 1 degrees of freedom and the shift |d| sqrt(n) / s; power is its chance to exceed the two-sided point of
/// alpha (R's <c>power.t.test(type = "paired")</c>). Rejections in the wrong direction do not count.
/// </summary>
/// <remarks>s from a few pilot seeds is itself uncertain: see <see cref="NoiseFloor.DeviationInterval"/>, and plan with its upper end.</remarks>
public static class Power
{
    private const int MostSeeds = 10_000;

    /// <summary>The chance that n seeds show the difference.</summary>
    /// <param name="difference">The true mean difference; its sign does not matter.</param>
    /// <param name="deviation">Standard deviation of the paired differences.</param>
    /// <param name="seeds">How many seeds, from 2 to 10,000.</param>
    /// <param name="alpha">The level of the two-sided test, from 0.001 to 0.5.</param>
    /// <exception cref="InputException">An argument out of range, or a difference of 0.</exception>
    public static double Achieved(double difference, double deviation, int seeds, double alpha = 0.05) =>
        OfShift(Effect(difference, deviation), Seeds(seeds), Alpha(alpha));

    /// <summary>The smallest number of seeds that shows the difference with the power asked for; null where 10,000 are too few.</summary>
    /// <param name="difference">The true mean difference; its sign does not matter.</param>
    /// <param name="deviation">Standard deviation of the paired differences.</param>
    /// <param name="alpha">The level of the two-sided test, from 0.001 to 0.5.</param>
    /// <param name="power">The chance asked for, from 0.05 to 0.999.</param>
    /// <exception cref="InputException">An argument out of range, or a difference of 0.</exception>
    public static int? SeedsNeeded(double difference, double deviation, double alpha = 0.05, double power = 0.8)
    {
        var effect = Effect(difference, deviation);
        (alpha, power) = (Alpha(alpha), Wanted(power));
        if (OfShift(effect, MostSeeds, alpha) < power)
            return null;
        var (few, enough) = (1, MostSeeds);
        while (enough - few > 1)
        {
            var middle = (few + enough) / 2;
            (few, enough) = OfShift(effect, middle, alpha) >= power ? (few, middle) : (middle, enough);
        }
        return enough;
    }

    /// <summary>The smallest difference that n seeds show with the power asked for, in the unit of the deviation.</summary>
    /// <param name="deviation">Standard deviation of the paired differences.</param>
    /// <param name="seeds">How many seeds, from 2 to 10,000.</param>
    /// <param name="alpha">The level of the two-sided test, from 0.001 to 0.5.</param>
    /// <param name="power">The chance asked for, from 0.05 to 0.999 and above alpha / 2.</param>
    /// <exception cref="InputException">An argument out of range.</exception>
    public static double SmallestDifference(double deviation, int seeds, double alpha = 0.05, double power = 0.8)
    {
        Check.Positive(deviation, "the standard deviation of the differences");
        (seeds, alpha, power) = (Seeds(seeds), Alpha(alpha), Wanted(power));
        if (power <= alpha / 2)
        {
            throw new InputException(FormattableString.Invariant(
                $"the power {power} is reached by chance alone at the level {alpha}; expected more than {alpha / 2}"));
        }
        var high = 1.0;
        while (OfShift(high, seeds, alpha) < power)
            high *= 2;
        return deviation * Brent.FindRoot(effect => OfShift(effect, seeds, alpha) - power, 0, high, 1e-12, 200);
    }

    private static double OfShift(double effect, int seeds, double alpha) =>
        NoncentralT.Upper(StudentTest.Point(1 - alpha, seeds - 1), seeds - 1, effect * Math.Sqrt(seeds));

    private static double Effect(double difference, double deviation) =>
        Check.Positive(Math.Abs(difference), "the difference to detect") / Check.Positive(deviation, "the standard deviation of the differences");

    private static int Seeds(int seeds) => (int)Check.Within(seeds, "the number of seeds", 2, MostSeeds);

    private static double Alpha(double alpha) => Check.Within(alpha, "the level of the test", 0.001, 0.5);

    private static double Wanted(double power) => Check.Within(power, "the power", 0.05, 0.999);
}
