namespace MoELab.Cells;

/// <summary>
/// Where one cell's output goes. It stays usable after its cell has ended: a display that belongs to a running training goes on
/// moving. Every method may be called from any thread.
/// </summary>
public interface ICellOutput
{
    /// <summary>Text on the cell's standard output or standard error.</summary>
    void Print(string text, bool error = false);

    /// <summary>Shows an output below the cell.</summary>
    /// <param name="data">What to show.</param>
    /// <param name="id">With an id, <see cref="Update"/> can replace it later; ids are unique in a notebook.</param>
    void Display(CellData data, string? id = null);

    /// <summary>Replaces what was shown under an id, wherever it stands.</summary>
    void Update(string id, CellData data);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(CellData data);

    /// <summary>Removes what the cell has shown so far.</summary>
    /// <param name="wait">Only when the next output arrives.</param>
    void Clear(bool wait);

    /// <summary>Asks the person at the notebook.</summary>
    /// <returns>What was typed, without its line end.</returns>
    /// <exception cref="Recipes.RecipeException">Nobody can answer here.</exception>
    Task<string> Ask(string prompt, bool hidden, CancellationToken cancel);
}
