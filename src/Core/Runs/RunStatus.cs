namespace MoELab.Runs;

/// <summary>How far a run is, as its event log tells.</summary>
public enum RunStatus
{
    /// <summary>Nothing was logged yet.</summary>
    Empty,

    /// <summary>Started and not ended: training, or ended without being able to say so.</summary>
    Running,

    /// <summary>Stopped at a step boundary before its last step; it can be resumed.</summary>
    Stopped,

    /// <summary>Reached its last step.</summary>
    Finished,
}
