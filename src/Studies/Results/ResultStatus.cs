namespace MoELab.Studies.Results;

/// <summary>What became of a run of a study.</summary>
public enum ResultStatus
{
    /// <summary>It finished and counts.</summary>
    Keep,

    /// <summary>It ended, and does not count: the reason says why.</summary>
    Discard,

    /// <summary>It failed: the reason says how.</summary>
    Crash,
}
