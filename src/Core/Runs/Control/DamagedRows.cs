namespace MoELab.Runs.Control;

/// <summary>What a resume does about damaged rows in the run's logs.</summary>
public enum DamagedRows
{
    /// <summary>Refuses and names them.</summary>
    Refuse,

    /// <summary>Leaves them out and continues from the newest checkpoint; the original logs stay as <c>NAME.damaged</c>.</summary>
    Drop,

    /// <summary>The same, but goes back to the newest checkpoint before the first damaged row and computes the steps after it again.</summary>
    Rewind,
}
