namespace MoELab.Cells;

/// <summary>
/// What the body of a cell is written in: C#, SQL, a recipe in YAML. Positions are UTF-16 offsets into the body. A language keeps
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

    /// <summary>What fits at the cursor.</summary>
    Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel);

    /// <summary>What is wrong, before it runs.</summary>
    Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel);

    /// <summary>What the text under the cursor means, as Markdown; null where nothing is known.</summary>
    Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel);

    /// <summary>A variable's value; false where the language has none of that name.</summary>
    bool Get(string name, out object? value);

    /// <summary>Sets a variable.</summary>
    /// <exception cref="Recipes.RecipeException">The language keeps no variables.</exception>
    void Set(string name, object? value);
}
