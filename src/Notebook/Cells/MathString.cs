namespace MoELab.Cells;

/// <summary>A formula in LaTeX without its delimiters: <c>(MathString)@"x^2"</c> shows <c>$$x^2$$</c>.</summary>
/// <param name="math">The formula, with or without <c>$$</c> around it.</param>
public sealed class MathString(string math)
{
    /// <summary>A text as a formula.</summary>
    public static implicit operator MathString(string math) => new(math);

    /// <inheritdoc/>
    public override string ToString() => $"$${math.Trim('$')}$$";
}
