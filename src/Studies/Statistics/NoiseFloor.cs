using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace MoELab.Studies.Statistics;

/// <summary>
/// How far runs of one recipe differ that have only their seeds apart: what a difference must exceed before it means anything. The interval of the
/// standard deviation s is sqrt((n - 1) s^2 / q) with q the upper and lower points of chi-square with n - 1 degrees of freedom; it assumes normal values.
/// </summary>
public sealed record NoiseFloor
{
    private NoiseFloor(double[] values, double level)
    {
        (Count, Mean, Lowest, Highest) = (values.Length, values.Mean(), values.Min(), values.Max());
        if (Count < 2)
            return;
        var deviation = StudentTest.Deviation(values.StandardDeviation(), values.Max(Math.Abs));
        StandardDeviation = deviation;
        DeviationInterval = new(End((1 + level) / 2), End((1 - level) / 2), level);
        double End(double share) => deviation * Math.Sqrt((Count - 1) / ChiSquared.InvCDF(Count - 1, share));
    }

    /// <summary>How many runs there are.</summary>
    public int Count { get; }

    /// <summary>Their mean.</summary>
    public double Mean { get; }

    /// <summary>Their standard deviation (n - 1); null with one run.</summary>
    public double? StandardDeviation { get; }

    /// <summary>The interval of the standard deviation: with 5 runs, the true one may be 0.6 to 2.9 times that measured (95 %).</summary>
    public Interval? DeviationInterval { get; }

    /// <summary>The lowest value.</summary>
    public double Lowest { get; }

    /// <summary>The highest value.</summary>
    public double Highest { get; }

    /// <summary>Highest less lowest value; it grows with the number of runs.</summary>
    public double Range => Highest - Lowest;

    /// <summary>Standard deviation of the difference of two runs that do not pair: sqrt(2) times that of one; null with one run.</summary>
    public double? DifferenceDeviation => Math.Sqrt(2) * StandardDeviation;

    /// <summary>The noise floor of runs of one recipe.</summary>
    /// <param name="values">One value per run.</param>
    /// <param name="level">Level of the interval, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">No values, a value that is not finite, or a level out of range.</exception>
    public static NoiseFloor Of(IReadOnlyList<double> values, double level = 0.95) => new(Check.Some(values, "the runs"), Check.Level(level));
}
