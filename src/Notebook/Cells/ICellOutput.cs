namespace MoELab.Cells;

/// <summary>
/// Receives the output of one cell. It can be used after its cell has ended: a display of a training run continues to be
/// updated. Every method can be called from any thread.
/// </summary>
public interface ICellOutput
{
    /// <summary>What to say below a changing figure, if the host shows no updates after the cell has ended; null if it does.</summary>
    string? FrozenNote => null;

    /// <summary>Writes text to the cell's standard output or standard error.</summary>
    void Print(string text, bool error = false);

    /// <summary>Shows an output below the cell.</summary>
    /// <param name="data">The output to show.</param>
    /// <param name="id">With an id, <see cref="Update"/> can replace it later; ids are unique in a notebook.</param>
    void Display(CellData data, string? id = null);

    /// <summary>Replaces the output with an id, wherever it is.</summary>
    void Update(string id, CellData data);

    /// <summary>Shows the value of the cell's last expression.</summary>
    void Result(CellData data);

    /// <summary>Removes what the cell has shown so far.</summary>
    /// <param name="wait">Whether to wait until the next output arrives.</param>
    void Clear(bool wait);

    /// <summary>Asks the user of the notebook for input.</summary>
    /// <returns>The text typed, without the line end.</returns>
    /// <exception cref="InputException">Nobody can answer.</exception>
    Task<string> Ask(string prompt, bool hidden, CancellationToken cancel);
}
