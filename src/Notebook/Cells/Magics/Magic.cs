namespace MoELab.Cells.Magics;

/// <summary>A magic implemented by one function.</summary>
internal sealed class Magic(string name, string help, Func<CellInvocation, CancellationToken, Task<CellResult>> execute, bool takesBody = false,
    Func<IReadOnlyList<string>, IEnumerable<CellCompletion>>? words = null) : IMagic, IMagicLine
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Help => help;

    /// <inheritdoc/>
    public bool TakesBody => takesBody;

    /// <summary>Creates a magic that can fail only by an exception.</summary>
    public static Magic Of(string name, string help, Action<CellInvocation> execute, bool takesBody = false,
        Func<IReadOnlyList<string>, IEnumerable<CellCompletion>>? words = null) => new(name, help, (cell, _) =>
        {
            execute(cell);
            return Task.FromResult(new CellResult());
        }, takesBody, words);

    /// <inheritdoc/>
    public Task<CellResult> Execute(CellInvocation line, CancellationToken cancel) => execute(line, cancel);

    /// <inheritdoc/>
    public IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) => words?.Invoke(before) ?? [];
}
