using MoELab.Cells;

namespace MoELab.Jupyter;

/// <summary>Receives the output of code that shows nothing: completion, silent execution, a front end's own expressions.</summary>
/// <param name="errors">Receives the errors of a silent cell that fails.</param>
internal sealed class SilentOutput(ICellOutput? errors = null) : ICellOutput
{
    /// <summary>The value of the last expression.</summary>
    public CellData? Value { get; private set; }

    public void Print(string text, bool error = false)
    {
        if (error)
            errors?.Print(text, error: true);
    }

    public void Display(CellData data, string? id = null) { }

    public void Update(string id, CellData data) { }

    public void Result(CellData data) => Value = data;

    public void Clear(bool wait) { }

    public Task<string> Ask(string prompt, bool hidden, CancellationToken cancel) =>
        throw new InputException("input: nobody can answer here");
}
