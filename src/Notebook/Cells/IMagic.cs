namespace MoELab.Cells;

/// <summary>
/// A line of a cell that begins with <c>#!</c> and stands for itself: <c>#!whos</c>. Magics that choose a language are an
/// <see cref="ICellLanguage"/>.
/// </summary>
internal interface IMagic
{
    /// <summary>The name without its marker.</summary>
    string Name { get; }

    /// <summary>One line for <c>#!lsmagic</c>: what it does and its options.</summary>
    string Help { get; }

    /// <summary>Runs the line; the invocation's body is what stands below it where <see cref="TakesBody"/> is set.</summary>
    Task<CellResult> Execute(CellInvocation line, CancellationToken cancel);

    /// <summary>Whether it takes the rest of the cell, up to the next magic.</summary>
    bool TakesBody => false;
}
