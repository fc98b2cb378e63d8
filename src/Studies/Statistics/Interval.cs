namespace MoELab.Studies.Statistics;

/// <summary>A two-sided confidence interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Level">How often intervals made like this one contain the true value, such as 0.95, where their assumptions hold.</param>
public readonly record struct Interval(double Low, double High, double Level)
{
    /// <summary>Upper less lower end.</summary>
    public double Width => High - Low;

    /// <summary>Whether the value lies within the interval, ends included.</summary>
    public bool Contains(double value) => Low <= value && value <= High;
}
