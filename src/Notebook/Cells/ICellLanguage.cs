namespace MoELab.Cells;

/// <summary>
/// The language of the body of a cell: C#, SQL, a recipe in YAML. Positions are UTF-16 offsets into the body. A language keeps
/// its own variables; values move between languages by name through <see cref="Get"/> and <see cref="Set"/>.
/// </summary>
public interface ICellLanguage
{
    /// <summary>The magic that selects it without the marker: <c>csharp</c>, <c>sql</c>, <c>run</c>.</summary>
    string Name { get; }

    /// <summary>One line for <c>#!lsmagic</c>: what it does and its options.</summary>
    string Help { get; }

    /// <summary>Runs a body.</summary>
    Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel);

    /// <summary>Completions at the cursor; none by default.</summary>
    Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel) => Task.FromResult(CellCompletions.None(cursor));

    /// <summary>Errors that can be found before the body runs.</summary>
    Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel);

    /// <summary>The meaning of the text at the cursor, as Markdown; null, the default, if unknown.</summary>
    Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>Gets a variable's value; returns false, the default, if the language has no such variable.</summary>
    bool Get(string name, out object? value)
    {
        value = null;
        return false;
    }

    /// <summary>Sets a variable.</summary>
    /// <exception cref="InputException">The language keeps no variables.</exception>
    void Set(string name, object? value);
}
