namespace MoELab.Optimization;

/// <summary>An optimizer that orthogonalises and says how long that took.</summary>
public interface IOptimizerTimings
{
    /// <summary>Wall-clock time spent orthogonalising since the optimizer was made.</summary>
    TimeSpan OrthogonalizationTime { get; }
}
