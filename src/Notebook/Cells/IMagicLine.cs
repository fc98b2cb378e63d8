namespace MoELab.Cells;

/// <summary>A language or magic that completes the words on its own line.</summary>
internal interface IMagicLine
{
    /// <summary>What may stand next.</summary>
    /// <param name="before">The whole words after the magic's name and before the cursor.</param>
    IEnumerable<CellCompletion> Words(IReadOnlyList<string> before);
}
