namespace MoELab.Cells.RunCells;

/// <summary>The keys and values that the text of a cell in YAML can have: for completion and hovers. Paths are keys from the root.</summary>
internal interface IYamlSchema
{
    /// <summary>The keys of a map.</summary>
    IEnumerable<CellCompletion> Keys(IReadOnlyList<string> container);

    /// <summary>The possible values; empty if any number or text is allowed.</summary>
    IEnumerable<CellCompletion> Values(IReadOnlyList<string> path);

    /// <summary>The meaning of a path, as Markdown; null if unknown. The value is null if the cursor is on the key.</summary>
    string? Describe(IReadOnlyList<string> path, string? value);
}
