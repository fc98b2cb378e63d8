namespace MoELab.Runs.Reading;

/// <summary>How far a run is, according to its event log.</summary>
public enum RunStatus
{
    /// <summary>Nothing was logged yet.</summary>
    Empty,

    /// <summary>Started and not ended; where the folder has a lock, its process lives.</summary>
    Running,

    /// <summary>Its process ended unexpectedly; it can be resumed.</summary>
    Interrupted,

    /// <summary>Ended by an error that the last events describe; it can be resumed.</summary>
    Failed,

    /// <summary>Stopped at a step boundary before its last step; it can be resumed.</summary>
    Stopped,

    /// <summary>Reached its last step.</summary>
    Finished,
}
