namespace MoELab.Cells;

/// <summary>What fits at the cursor.</summary>
/// <param name="Items">Candidates, best first.</param>
/// <param name="Start">Where the text that they replace begins.</param>
/// <param name="End">Where it ends.</param>
public sealed record CellCompletions(IReadOnlyList<CellCompletion> Items, int Start, int End)
{
    /// <summary>Nothing fits.</summary>
    public static CellCompletions None(int cursor) => new([], cursor, cursor);
}

/// <summary>One candidate.</summary>
/// <param name="Text">What is inserted: a bare identifier, key or name.</param>
/// <param name="Kind">As Roslyn tags it: <c>Method</c>, <c>Property</c>, <c>Local</c>, <c>Keyword</c>, <c>Class</c>, <c>Constant</c>.</param>
/// <param name="Documentation">One line; null where there is none.</param>
public sealed record CellCompletion(string Text, string Kind, string? Documentation = null);
