using MoELab.Cells;

namespace MoELab.Live;

/// <summary>What a live display shows: a whole figure now and then, and what came since in between.</summary>
internal interface ILiveFigure
{
    /// <summary>Whether nothing more will come.</summary>
    bool Ended { get; }

    /// <summary>Names of the runs that it shows and that still train.</summary>
    IReadOnlyList<string> Training { get; }

    /// <summary>Reads the run folders on; whether anything changed.</summary>
    bool Read();

    /// <summary>The whole figure as it is now: a static picture that a script brings to life.</summary>
    /// <param name="id">What deltas call it.</param>
    CellData Whole(string id);

    /// <summary>What came since the last figure or delta; null where only a whole figure shows it.</summary>
    JsonObject? Delta();
}
