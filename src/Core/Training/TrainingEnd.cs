namespace MoELab.Training;

/// <summary>How a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>Every step was done.</summary>
    Finished,

    /// <summary>It was asked to stop; it can be resumed.</summary>
    Stopped,
}
