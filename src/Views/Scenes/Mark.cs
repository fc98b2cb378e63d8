namespace MoELab.Views.Scenes;

/// <summary>One mark of a <see cref="Scene"/>.</summary>
/// <param name="Classes">How it looks, see <see cref="MarkStyle"/>; several stand apart by a space.</param>
internal abstract record Mark(string Classes)
{
    /// <summary>The part of the picture that it belongs to; empty for none.</summary>
    public string Part { get; init; } = "";

    /// <summary>How opaque it is, beside what its classes say.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>What a tooltip says; null for none.</summary>
    public string? Title { get; init; }
}

/// <summary>A line of text on a baseline.</summary>
internal sealed record TextMark(double X, double Y, string Text, string Classes, string Anchor) : Mark(Classes);

/// <summary>A straight line.</summary>
internal sealed record LineMark(double X1, double Y1, double X2, double Y2, string Classes) : Mark(Classes);

/// <summary>A rectangle, with corners of a radius, or in a colour of its own (a hexadecimal) where a picture does not take the palette's.</summary>
internal sealed record RectMark(double X, double Y, double Width, double Height, string Classes, double Radius = 0, string? Fill = null)
    : Mark(Classes);

/// <summary>Lines through points, or a filled shape.</summary>
/// <param name="Strokes">Points; between two strokes the pen is lifted.</param>
/// <param name="Closed">Whether each stroke is closed and filled.</param>
/// <param name="Classes">How it looks.</param>
internal sealed record PathMark(IReadOnlyList<IReadOnlyList<(double X, double Y)>> Strokes, bool Closed, string Classes) : Mark(Classes);

/// <summary>A dot.</summary>
internal sealed record DotMark(double X, double Y, double Radius, string Classes) : Mark(Classes);
