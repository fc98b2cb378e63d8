namespace MoELab.Cells.Plugins;

/// <summary>Thrown for a cell that does not define a valid plugin.</summary>
internal sealed class CellPluginException(string code, string sentence, int line) : InputException(line > 0 ? $"line {line}: {sentence}" : sentence)
{
    /// <summary>The compiler's code, such as <c>CS0103</c>.</summary>
    public string Code { get; } = code;

    /// <summary>Line of the cell, from 1; 0 if unknown.</summary>
    public int Line { get; } = line;
}
