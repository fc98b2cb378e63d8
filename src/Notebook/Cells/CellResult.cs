namespace MoELab.Cells;

/// <summary>How a cell ended.</summary>
/// <param name="Error">Why it failed; null if it did not.</param>
/// <param name="Interrupted">Whether it was interrupted.</param>
public sealed record CellResult(CellError? Error = null, bool Interrupted = false)
{
    /// <summary>The result of a cell that ended without an error.</summary>
    public bool Succeeded => Error is null;
}
