namespace MoELab.Studies.Statistics;

/// <summary>Refuses what no figure can be computed from, each with one sentence.</summary>
internal static class Check
{
    /// <summary>The values as an array: one or more, all finite.</summary>
    public static double[] Some(IReadOnlyList<double> values, string what)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Count > 0 ? Finite(values, what) : throw new InputException($"there are no values of {what}; expected one or more");
    }

    /// <summary>The values as an array, all finite.</summary>
    public static double[] Finite(IReadOnlyList<double> values, string what)
    {
        ArgumentNullException.ThrowIfNull(values);
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new InputException($"value {i + 1} of {what} is {values[i]}; expected a finite number (leave out a run that diverged, and say so)");
        }
        return [.. values];
    }

    /// <summary>Two arrays of one length, paired by position.</summary>
    public static (double[] First, double[] Second) Pairs(IReadOnlyList<double> first, string firstName, IReadOnlyList<double> second, string secondName)
    {
        var (a, b) = (Some(first, firstName), Some(second, secondName));
        return a.Length == b.Length ? (a, b)
            : throw new InputException($"there are {a.Length} values of {firstName} and {b.Length} of {secondName}; expected one of each per pair");
    }

    /// <summary>How far each loss is above the floor of a law.</summary>
    public static double[] Above(double[] losses, string what, double floor) => [.. losses.Select((loss, i) => loss > floor ? loss - floor
        : throw new InputException(FormattableString.Invariant(
            $"loss {i + 1} of the {what} is {loss}; expected more than {floor}, the floor of the loss law")))];

    /// <summary>A number within a range, ends included.</summary>
    public static double Within(double value, string what, double low, double high) => value >= low && value <= high ? value
        : throw new InputException(FormattableString.Invariant($"{what} is {value}; expected a number from {low} to {high}"));

    /// <summary>A finite number above 0.</summary>
    public static double Positive(double value, string what) => double.IsFinite(value) && value > 0 ? value
        : throw new InputException(FormattableString.Invariant($"{what} is {value}; expected a finite number above 0"));

    // Student's t with one degree of freedom is 637 at 0.999; MathNet searches its inverse up to 800.
    /// <summary>The level of an interval.</summary>
    public static double Level(double level) => Within(level, "the level of the interval", 0.5, 0.999);
}
