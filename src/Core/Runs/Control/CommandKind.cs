namespace MoELab.Runs.Control;

/// <summary>A command to a running training; its inbox has each in lower case.</summary>
public enum CommandKind
{
    /// <summary>Finish the step, save a checkpoint and stop.</summary>
    Stop,

    /// <summary>Pause before the next step.</summary>
    Pause,

    /// <summary>Continue after a pause.</summary>
    Continue,

    /// <summary>Change a value of the recipe.</summary>
    Set,

    /// <summary>Save a checkpoint.</summary>
    Checkpoint,
}
