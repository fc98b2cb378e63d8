namespace MoELab.Optimization;

/// <summary>An optimizer that orthogonalises and reports how long that took.</summary>
public interface IOptimizerTimings
{
    /// <summary>Wall-clock time spent orthogonalising since the optimizer was created.</summary>
    TimeSpan OrthogonalizationTime { get; }
}
