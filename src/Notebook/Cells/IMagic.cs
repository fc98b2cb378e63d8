namespace MoELab.Cells;

/// <summary>
/// A line of a cell that begins with <c>#!</c> and does not select a language: <c>#!whos</c>. Magics that select a language are an <see
/// cref="ICellLanguage"/>.
/// </summary>
internal interface IMagic
{
    /// <summary>The name without its marker.</summary>
    string Name { get; }

    /// <summary>One line for <c>#!lsmagic</c>: what it does and its options.</summary>
    string Help { get; }

    /// <summary>Runs the line; the invocation's body is the text below it if <see cref="TakesBody"/> is true.</summary>
    Task<CellResult> Execute(CellInvocation line, CancellationToken cancel);

    /// <summary>Whether it takes the rest of the cell, up to the next magic.</summary>
    bool TakesBody => false;
}
