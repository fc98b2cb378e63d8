using MoELab.Studies.Statistics;

namespace MoELab.Studies.Races;

/// <summary>One contender's figure in a race.</summary>
/// <param name="Metric">The metric's key.</param>
/// <param name="Contender">The contender's label.</param>
/// <param name="Mean">Mean over seeds.</param>
/// <param name="Difference">Mean over seeds of this contender's value minus the first one's; 0 for the first.</param>
/// <param name="Low">Lower end of the 95 % interval of the difference (Student's t over the pairs); null for the first, and with one seed.</param>
/// <param name="High">Upper end of that interval.</param>
public sealed record RaceFigure(string Metric, string Contender, double Mean, double Difference, double? Low, double? High)
{
    internal static RaceFigure Of(string metric, string contender, double[] values, double[] first)
    {
        if (ReferenceEquals(values, first) || !values.Concat(first).All(double.IsFinite))
            return new(metric, contender, values.Average(), ReferenceEquals(values, first) ? 0 : double.NaN, null, null);
        var difference = PairedDifference.Of(values, first);
        return new(metric, contender, values.Average(), difference.Mean, difference.Interval?.Low, difference.Interval?.High);
    }
}
