namespace MoELab.Views.Scenes;

/// <summary>One mark of a <see cref="Scene"/>.</summary>
/// <param name="Classes">How it looks, see <see cref="MarkStyle"/>; several are separated by spaces.</param>
internal abstract record Mark(string Classes)
{
    /// <summary>The part of the picture that it belongs to; empty for none.</summary>
    public string Part { get; init; } = "";

    /// <summary>How opaque it is, beside what its classes say.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>Its tooltip; null for none.</summary>
    public string? Title { get; init; }
}

/// <summary>A line of text on a baseline.</summary>
internal sealed record TextMark(double X, double Y, string Text, string Classes, string Anchor) : Mark(Classes);

internal sealed record LineMark(double X1, double Y1, double X2, double Y2, string Classes) : Mark(Classes);

/// <summary>A rectangle; its fill is a hexadecimal where a picture does not take the palette's colour.</summary>
internal sealed record RectMark(double X, double Y, double Width, double Height, string Classes, double Radius = 0, string? Fill = null)
    : Mark(Classes);

/// <summary>Lines through the points of each stroke, or if they are closed, filled shapes.</summary>
internal sealed record PathMark(IReadOnlyList<IReadOnlyList<(double X, double Y)>> Strokes, bool Closed, string Classes) : Mark(Classes);

internal sealed record DotMark(double X, double Y, double Radius, string Classes) : Mark(Classes);
