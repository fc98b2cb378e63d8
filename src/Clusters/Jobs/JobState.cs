namespace MoELab.Clusters.Jobs;

/// <summary>What a scheduler says about a job.</summary>
/// <param name="Phase">How far it is.</param>
/// <param name="Reason">Why it waits, or how it ended, in the scheduler's word; empty if it gives none.</param>
/// <param name="Position">Its place among the jobs that wait for the same partition, from 1; null if it does not wait.</param>
/// <param name="Node">Where it runs; empty before that.</param>
public sealed record JobState(JobPhase Phase, string Reason = "", int? Position = null, string Node = "")
{
    /// <summary>The state in a few words: <c>queued, position 3 (Resources)</c>.</summary>
    public override string ToString()
    {
        var place = Position is { } position ? FormattableString.Invariant($", position {position}") : "";
        var reason = Reason.Length > 0 ? $" ({Reason})" : "";
        return Phase switch
        {
            JobPhase.Queued => $"queued{place}{reason}",
            JobPhase.Running => Node.Length > 0 ? $"running on {Node}" : "running",
            _ => $"ended{reason}",
        };
    }
}
