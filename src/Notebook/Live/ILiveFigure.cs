using MoELab.Cells;

namespace MoELab.Live;

/// <summary>What a live display shows: a complete figure now and then, and only what is new in between.</summary>
internal interface ILiveFigure
{
    /// <summary>Whether it will not change any more.</summary>
    bool Ended { get; }

    /// <summary>Names of the runs in it that are training.</summary>
    IReadOnlyList<string> Training { get; }

    /// <summary>Reads what is new in the run folders; returns whether anything changed.</summary>
    bool Read();

    /// <summary>The complete figure as it is now: a static picture, to which a script adds deltas by its id.</summary>
    CellData Whole(string id);

    /// <summary>What is new since the last figure or delta; null if only a complete figure can show it.</summary>
    JsonObject? Delta();
}
