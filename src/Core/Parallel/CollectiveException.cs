namespace MoELab.Parallel;

/// <summary>Ranks that disagree about a call, that failed or that did not come in time. The group cannot be used any more.</summary>
public sealed class CollectiveException : RunException
{
    /// <summary>Creates the exception.</summary>
    public CollectiveException(string message) : base(message) { }
}
