namespace MoELab.Runs.Reading;

/// <summary>One metric over a run: the steps at which it was logged and its values there.</summary>
/// <param name="Name">Its key in <c>metrics.jsonl</c>.</param>
/// <param name="Steps">Optimizer steps, increasing, from 1.</param>
/// <param name="Values">One value per step; NaN where the log has null.</param>
public sealed record MetricColumn(string Name, IReadOnlyList<int> Steps, IReadOnlyList<double> Values)
{
    /// <summary>How many steps logged it.</summary>
    public int Count => Steps.Count;

    /// <summary>The last finite value, NaN when there is none.</summary>
    public double Last => Values.LastOrDefault(double.IsFinite, double.NaN);

    /// <summary>The smallest finite value, NaN when there is none.</summary>
    public double Min => Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();

    /// <summary>The largest finite value, NaN when there is none.</summary>
    public double Max => Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();

    /// <summary>The mean of the last tenth of the entries (at least one), finite values only; NaN when there is none.</summary>
    public double MeanOfLastTenth => RunFigures.MeanOfLastTenth(Values);

    /// <summary>The median of the finite values, NaN when there is none.</summary>
    public double Median => RunFigures.Median(Values);

    /// <summary>The value at a step, NaN where the step did not log it.</summary>
    public double At(int step)
    {
        var index = Steps is List<int> list ? list.BinarySearch(step) : Array.BinarySearch(Steps.ToArray(), step);
        return index >= 0 ? Values[index] : double.NaN;
    }
}
