namespace MoELab.Training.Ranks;

/// <summary>What rank 0 tells the others between steps.</summary>
internal enum RankOrder
{
    /// <summary>Wait for the next order: the run is paused, or rank 0 evaluates.</summary>
    Wait,

    /// <summary>Train the step.</summary>
    Step,

    /// <summary>Go on without a checkpoint.</summary>
    Continue,

    /// <summary>Send your place in the data for a checkpoint.</summary>
    Save,

    /// <summary>Stop; the checkpoint is there.</summary>
    Stop,
}
