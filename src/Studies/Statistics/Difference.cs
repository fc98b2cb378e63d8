namespace MoELab.Studies.Statistics;

/// <summary>
/// The mean difference of an arm from its reference, with Student's t test against 0 and t interval: <see cref="PairedDifference"/> where seeds
/// pair, <see cref="WelchDifference"/> where they do not.
/// </summary>
public abstract record Difference
{
    private protected Difference(double mean, double? error, double freedom, double level)
    {
        (Mean, StandardError, DegreesOfFreedom, Level) = (mean, error, freedom, level);
        (T, P, Interval) = StudentTest.Of(mean, error, freedom, level);
    }

    /// <summary>Mean of the arm less mean of the reference, in the unit of the values.</summary>
    public double Mean { get; }

    /// <summary>Standard error of the mean difference; null where one run has no spread to measure, 0 where nothing varies.</summary>
    public double? StandardError { get; }

    /// <summary>Degrees of freedom of Student's t; 0 where there is no standard error.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>Mean difference over its standard error; null where that is null or 0.</summary>
    public double? T { get; }

    /// <summary>Two-sided p of "there is no difference"; null where <see cref="T"/> is.</summary>
    public double? P { get; }

    /// <summary>The level of <see cref="Interval"/>, such as 0.95.</summary>
    public double Level { get; }

    /// <summary>Student's t interval of the mean difference; null with one run, without width where nothing varies.</summary>
    public Interval? Interval { get; }

    /// <summary>What the reader must know where there is no test: one run, or no spread; null otherwise.</summary>
    public abstract string? Remark { get; }
}
