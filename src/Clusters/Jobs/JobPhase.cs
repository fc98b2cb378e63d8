namespace MoELab.Clusters.Jobs;

/// <summary>How far a job is.</summary>
public enum JobPhase
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended, or its scheduler no longer knows it.</summary>
    Ended,
}
