namespace MoELab.Cells.RunCells;

/// <summary>A key with its value, or an item of a list, with their positions in the text.</summary>
/// <param name="Path">Keys from the root; items of lists are <c>[0]</c>, <c>[1]</c>.</param>
/// <param name="KeyStart">Start of the key; for an item, start of its value.</param>
/// <param name="KeyEnd">End of the key.</param>
/// <param name="Value">A scalar as written, without quotes; null for a map or list.</param>
/// <param name="Start">Start of the value.</param>
/// <param name="End">End of the value.</param>
internal sealed record YamlEntry(IReadOnlyList<string> Path, int KeyStart, int KeyEnd, string? Value, int Start, int End)
{
    /// <summary>The path as in messages: <c>schedule[0].set.balancer</c>.</summary>
    public string Dotted { get; } = Dot(Path);

    public static string Dot(IEnumerable<string> path) => path.Aggregate("", (text, key) =>
        text.Length == 0 || key.StartsWith('[') ? text + key : $"{text}.{key}");
}

/// <summary>The position of a cursor.</summary>
/// <param name="Container">Path of the map or list around it.</param>
/// <param name="Key">The key whose value contains the cursor; null if a key is being typed.</param>
/// <param name="Start">Start of the word at the cursor.</param>
/// <param name="End">End of that word.</param>
internal sealed record YamlPlace(IReadOnlyList<string> Container, string? Key, int Start, int End);
