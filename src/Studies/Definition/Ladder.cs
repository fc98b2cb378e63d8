namespace MoELab.Studies.Definition;

/// <summary>
/// The same arms on several sizes of model: does what wins on a small one still win on the next? Each rung is a study of its own, with its own
/// recipe and budget, named <c>LADDER-RUNG</c>.
/// </summary>
public sealed record Ladder
{
    /// <summary>The ladder's name.</summary>
    public string Name { get; init; } = "ladder";

    /// <summary>What it asks, in words.</summary>
    public string Question { get; init; } = "";

    /// <summary>Rungs from the smallest to the largest.</summary>
    public required IReadOnlyList<Rung> Rungs { get; init; }
}

/// <summary>One size of a ladder.</summary>
/// <param name="Name">The rung's name.</param>
/// <param name="Study">Its study.</param>
public sealed record Rung(string Name, Study Study);
