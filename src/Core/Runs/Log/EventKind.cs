namespace MoELab.Runs.Log;

/// <summary>What happened to a run. The log writes each in lower case.</summary>
public enum EventKind
{
    /// <summary>A kind that this version does not know.</summary>
    Other,

    /// <summary>The configuration in force, or a note about it.</summary>
    Config,

    /// <summary>The training began.</summary>
    Start,

    /// <summary>The training was resumed.</summary>
    Restart,

    /// <summary>A term of the loss at the first step: its weight, value and gradient norm.</summary>
    Term,

    /// <summary>A checkpoint was saved.</summary>
    Checkpoint,

    /// <summary>Another balancer or router is in force.</summary>
    Swap,

    /// <summary>A value of the recipe changed.</summary>
    Set,

    /// <summary>A change or a command was refused.</summary>
    Refused,

    /// <summary>An alert rule fired.</summary>
    Alert,

    /// <summary>A command was acknowledged.</summary>
    Ack,

    /// <summary>A step moved no weights, because its loss or gradient was not finite.</summary>
    Skip,

    /// <summary>Something worth knowing.</summary>
    Note,

    /// <summary>The training paused.</summary>
    Pause,

    /// <summary>The training continued after a pause.</summary>
    Continue,

    /// <summary>The training stopped before its last step.</summary>
    Stop,

    /// <summary>The training reached its last step.</summary>
    Finish,

    /// <summary>Something went wrong.</summary>
    Error,
}
