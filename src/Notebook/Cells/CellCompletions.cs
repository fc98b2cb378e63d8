namespace MoELab.Cells;

/// <summary>Completions at the cursor.</summary>
/// <param name="Items">Candidates, best first.</param>
/// <param name="Start">Start of the text that they replace.</param>
/// <param name="End">End of that text.</param>
public sealed record CellCompletions(IReadOnlyList<CellCompletion> Items, int Start, int End)
{
    /// <summary>No completions.</summary>
    public static CellCompletions None(int cursor) => new([], cursor, cursor);
}

/// <summary>One candidate.</summary>
/// <param name="Text">The text to insert: a bare identifier, key or name.</param>
/// <param name="Kind">Roslyn's tag: <c>Method</c>, <c>Property</c>, <c>Local</c>, <c>Keyword</c>, <c>Class</c>, <c>Constant</c>.</param>
/// <param name="Documentation">One line; null if there is none.</param>
public sealed record CellCompletion(string Text, string Kind, string? Documentation = null);
