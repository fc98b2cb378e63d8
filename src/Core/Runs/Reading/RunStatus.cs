namespace MoELab.Runs.Reading;

/// <summary>How far a run is, as its event log tells.</summary>
public enum RunStatus
{
    /// <summary>Nothing was logged yet.</summary>
    Empty,

    /// <summary>Started and not ended; where the folder has a lock, its process lives.</summary>
    Running,

    /// <summary>Its process died without a word; it can be resumed.</summary>
    Interrupted,

    /// <summary>Ended by an error that the last events tell; it can be resumed.</summary>
    Failed,

    /// <summary>Stopped at a step boundary before its last step; it can be resumed.</summary>
    Stopped,

    /// <summary>Reached its last step.</summary>
    Finished,
}
