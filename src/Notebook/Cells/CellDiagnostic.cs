namespace MoELab.Cells;

/// <summary>A problem in a cell, found before it runs.</summary>
/// <param name="Start">Start of the problem in the cell.</param>
/// <param name="End">End of the problem.</param>
/// <param name="Message">One sentence.</param>
/// <param name="IsError">True for an error, which stops the cell; false for a warning.</param>
public sealed record CellDiagnostic(int Start, int End, string Message, bool IsError = true);
