namespace MoELab;

/// <summary>One contender's figure in a race.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Contender">The contender's label.</param>
/// <param name="Mean">Mean over seeds.</param>
/// <param name="Difference">Mean over seeds of this contender's value minus the first one's; 0 for the first.</param>
/// <param name="Low">Lower end of the 95 % interval of the difference (Student's t over the pairs); null for the first, and with one seed.</param>
/// <param name="High">Upper end of that interval.</param>
public sealed record RaceFigure(string Metric, string Contender, double Mean, double Difference, double? Low, double? High)
{
    // Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom.
    private static readonly double[] Points = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281];

    internal static RaceFigure Of(string metric, string contender, double[] values, double[] first)
    {
        var differences = values.Zip(first, (v, f) => v - f).ToArray();
        var mean = differences.Average();
        if (ReferenceEquals(values, first) || differences.Length < 2 || !double.IsFinite(mean))
            return new(metric, contender, values.Average(), ReferenceEquals(values, first) ? 0 : mean, null, null);
        var n = differences.Length;
        var half = Point(n - 1) * Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (n - 1) / n);
        return new(metric, contender, values.Average(), mean, mean - half, mean + half);
    }

    /// <summary>The two-sided 95 % point of Student's t; beyond the table by the Cornish-Fisher expansion, with an error below 2e-4.</summary>
    internal static double Point(int freedom)
    {
        if (freedom <= Points.Length)
            return Points[freedom - 1];
        const double z = 1.959964;
        double n = freedom;
        return z + (((z * z * z) + z) / (4 * n)) + (((5 * Math.Pow(z, 5)) + (16 * z * z * z) + (3 * z)) / (96 * n * n))
            + (((3 * Math.Pow(z, 7)) + (19 * Math.Pow(z, 5)) + (17 * z * z * z) - (15 * z)) / (384 * n * n * n));
    }
}
