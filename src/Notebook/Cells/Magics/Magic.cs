namespace MoELab.Cells.Magics;

/// <summary>
/// A line of a cell that begins with <c>#!</c> and does not select a language: <c>#!whos</c>. Magics that select a language are an
/// <see cref="ICellLanguage"/>.
/// </summary>
/// <param name="name">The name without its marker.</param>
/// <param name="help">One line for <c>#!lsmagic</c>: what it does and its options.</param>
/// <param name="execute">Runs the line; the invocation's body is the text below it if <paramref name="takesBody"/> is true.</param>
/// <param name="takesBody">Whether it takes the rest of the cell, up to the next magic.</param>
/// <param name="words">Completions for the next word on its line.</param>
internal sealed class Magic(string name, string help, Func<CellInvocation, CancellationToken, Task<CellResult>> execute, bool takesBody = false,
    Func<IReadOnlyList<string>, IEnumerable<CellCompletion>>? words = null) : IMagicLine
{
    public string Name => name;
    public string Help => help;
    public bool TakesBody => takesBody;

    /// <summary>Creates a magic that can fail only by an exception.</summary>
    public static Magic Of(string name, string help, Action<CellInvocation> execute, bool takesBody = false,
        Func<IReadOnlyList<string>, IEnumerable<CellCompletion>>? words = null) => new(name, help, (cell, _) =>
        {
            execute(cell);
            return Task.FromResult(new CellResult());
        }, takesBody, words);

    public Task<CellResult> Execute(CellInvocation line, CancellationToken cancel) => execute(line, cancel);

    public IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) => words?.Invoke(before) ?? [];
}
