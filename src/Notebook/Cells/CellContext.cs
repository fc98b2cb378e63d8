namespace MoELab.Cells;

/// <summary>
/// The cell that is running in the current flow. It flows into the tasks that the cell starts, and remains theirs after the cell has ended.
/// </summary>
public static class CellContext
{
    private static readonly AsyncLocal<ICellOutput?> Local = new();

    /// <summary>The output of the running cell; null outside a notebook.</summary>
    public static ICellOutput? Output => Local.Value;

    /// <summary>Sends the output of everything that the current flow starts to <paramref name="output"/>.</summary>
    public static IDisposable Enter(ICellOutput? output)
    {
        var before = Local.Value;
        Local.Value = output;
        return new Scope(before);
    }

    private sealed class Scope(ICellOutput? before) : IDisposable
    {
        public void Dispose() => Local.Value = before;
    }
}
