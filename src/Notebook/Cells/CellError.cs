namespace MoELab.Cells;

/// <summary>Why a cell failed, as its author should see it.</summary>
/// <param name="Name">What kind of error: a compiler code, an exception's type.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Trace">Lines below it: where in the cell, without the frames of the host.</param>
/// <param name="Line">Line of the cell, from 1; 0 where none is known.</param>
public sealed record CellError(string Name, string Message, IReadOnlyList<string> Trace, int Line = 0);
