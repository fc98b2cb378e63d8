namespace MoELab.Cells;

/// <summary>A formula in LaTeX, rendered if the front end can: <c>(LaTeXString)@"\frac{a}{b}"</c>.</summary>
/// <param name="latex">The formula.</param>
public sealed class LaTeXString(string latex)
{
    /// <summary>A text as a formula.</summary>
    public static implicit operator LaTeXString(string latex) => new(latex);

    /// <inheritdoc/>
    public override string ToString() => latex;
}
