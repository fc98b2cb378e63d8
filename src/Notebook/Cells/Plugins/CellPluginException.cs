using MoELab.Recipes;

namespace MoELab.Cells.Plugins;

/// <summary>A cell that is no plugin.</summary>
internal sealed class CellPluginException(string code, string sentence, int line) : RecipeException(line > 0 ? $"line {line}: {sentence}" : sentence)
{
    /// <summary>The compiler's code, such as <c>CS0103</c>.</summary>
    public string Code { get; } = code;

    /// <summary>Line of the cell, from 1; 0 where none is known.</summary>
    public int Line { get; } = line;
}
