namespace MoELab.Cells;

/// <summary>A body with the options on its magic's line: <c>#!run --name a --start</c>.</summary>
/// <param name="Body">The text below the magic's line.</param>
/// <param name="Arguments">The arguments after the magic's name, quotes removed.</param>
/// <param name="Output">Receives its output.</param>
/// <param name="FirstLine">Line of the cell on which the body begins, from 1, for messages.</param>
/// <param name="Number">The cell's number in the notebook, for messages; 0 if the host does not count cells.</param>
public sealed record CellInvocation(string Body, IReadOnlyList<string> Arguments, ICellOutput Output, int FirstLine = 1, int Number = 0)
{
    /// <summary>The value of an option such as <c>--name</c>; null if it is not given.</summary>
    public string? Option(string name) => Arguments.Zip(Arguments.Skip(1)).FirstOrDefault(p => p.First == name).Second;

    /// <summary>Whether a flag such as <c>--start</c> is given.</summary>
    public bool Flag(string name) => Arguments.Contains(name);
}
