namespace MoELab.Cells;

/// <summary>Why a cell failed, for its author.</summary>
/// <param name="Name">The kind of error: a compiler code or the type of an exception.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Trace">Further lines: the places in the cell, without frames of the host.</param>
/// <param name="Line">Line of the cell, from 1; 0 if unknown.</param>
public sealed record CellError(string Name, string Message, IReadOnlyList<string> Trace, int Line = 0);
