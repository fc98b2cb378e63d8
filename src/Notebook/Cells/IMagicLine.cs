namespace MoELab.Cells;

/// <summary>A language or magic with completion on its own line.</summary>
internal interface IMagicLine
{
    /// <summary>Completions for the next word.</summary>
    /// <param name="before">The complete words after the magic's name and before the cursor.</param>
    IEnumerable<CellCompletion> Words(IReadOnlyList<string> before);
}
