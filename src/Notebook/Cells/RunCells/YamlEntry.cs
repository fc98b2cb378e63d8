namespace MoELab.Cells.RunCells;

/// <summary>A key with its value, or an item of a list, and where they stand in the text.</summary>
/// <param name="Path">Keys from the root; items of lists are <c>[0]</c>, <c>[1]</c>.</param>
/// <param name="KeyStart">Where the key begins; of an item, where its value does.</param>
/// <param name="KeyEnd">Where the key ends.</param>
/// <param name="Value">A scalar as it is written, without quotes; null for a map or list.</param>
/// <param name="Start">Where the value begins.</param>
/// <param name="End">Where the value ends.</param>
internal sealed record YamlEntry(IReadOnlyList<string> Path, int KeyStart, int KeyEnd, string? Value, int Start, int End)
{
    /// <summary>The path as messages write it: <c>schedule[0].set.balancer</c>.</summary>
    public string Dotted { get; } = Dot(Path);

    /// <summary>Keys as one dotted path.</summary>
    public static string Dot(IEnumerable<string> path) =>
        path.Aggregate("", (text, key) => text.Length == 0 || key[0] == '[' ? text + key : $"{text}.{key}");
}

/// <summary>Where a cursor stands.</summary>
/// <param name="Container">Path of the map or list around it.</param>
/// <param name="Key">The key whose value it is in; null where a key is typed.</param>
/// <param name="Start">Where the word at the cursor begins.</param>
/// <param name="End">Where it ends.</param>
internal sealed record YamlPlace(IReadOnlyList<string> Container, string? Key, int Start, int End);
