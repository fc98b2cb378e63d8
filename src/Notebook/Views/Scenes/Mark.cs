namespace MoELab.Views;

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

/// <summary>A rectangle.</summary>
internal sealed record RectMark : Mark
{
    public RectMark(double x, double y, double width, double height, string classes, string? title = null)
        : base(classes) => (X, Y, Width, Height, Title) = (x, y, width, height, title);

    public double X { get; }

    public double Y { get; }

    public double Width { get; }

    public double Height { get; }

    /// <summary>Radius of its corners.</summary>
    public double Radius { get; init; }

    /// <summary>A colour of its own as a hexadecimal, for a picture outside the palette; null takes that of the classes.</summary>
    public string? Fill { get; init; }
}

/// <summary>Lines through points, or a filled shape.</summary>
/// <param name="Strokes">Points; between two strokes the pen is lifted.</param>
/// <param name="Closed">Whether each stroke is closed and filled.</param>
/// <param name="Classes">How it looks.</param>
internal sealed record PathMark(IReadOnlyList<IReadOnlyList<(double X, double Y)>> Strokes, bool Closed, string Classes) : Mark(Classes);

/// <summary>A dot.</summary>
internal sealed record DotMark(double X, double Y, double Radius, string Classes) : Mark(Classes);
