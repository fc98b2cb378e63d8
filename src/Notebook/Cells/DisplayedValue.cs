namespace MoELab.Cells;

/// <summary>A value displayed below a cell that can be replaced, from the same cell, from a later one, or while no cell is running.</summary>
public sealed class DisplayedValue
{
    private readonly ICellOutput? _output;
    private readonly IReadOnlyList<string> _mimeTypes;

    private DisplayedValue(ICellOutput? output, IReadOnlyList<string> mimeTypes) => (_output, _mimeTypes) = (output, mimeTypes);

    /// <summary>The display's id in the notebook.</summary>
    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Replaces it by another value.</summary>
    public void Update(object? value) => _output?.Update(Id, Displays.Format(value, _mimeTypes));

    internal static DisplayedValue Show(object? value, IReadOnlyList<string> mimeTypes)
    {
        var shown = new DisplayedValue(CellContext.Output, mimeTypes);
        var data = Displays.Format(value, mimeTypes);
        if (shown._output is { } output)
            output.Display(data, shown.Id);
        else
            Console.WriteLine(data.Plain);
        return shown;
    }
}
