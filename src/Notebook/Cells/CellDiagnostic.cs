namespace MoELab.Cells;

/// <summary>Something wrong in a cell, found before it runs.</summary>
/// <param name="Start">Where, from.</param>
/// <param name="End">Where, to.</param>
/// <param name="Message">One sentence.</param>
/// <param name="IsError">An error stops the cell; a warning does not.</param>
public sealed record CellDiagnostic(int Start, int End, string Message, bool IsError = true);
