namespace MoELab.Views.Scenes;

/// <summary>
/// A picture as marks in its own coordinates (x to the right, y down, in pixels), the first drawn lowest. SVG, PNG and HTML are written from it.
/// A mark's classes set how it looks, see <see cref="MarkStyle"/>.
/// </summary>
public sealed class Scene(double width, double height, string label)
{
    private readonly List<Mark> _marks = [];
    private string _part = "";

    /// <summary>Width in pixels.</summary>
    public double Width { get; } = width;

    /// <summary>Height in pixels.</summary>
    public double Height { get; } = height;

    /// <summary>What the picture shows, for a reader who cannot see it.</summary>
    public string Label { get; } = label;

    /// <summary>The marks, the first drawn lowest.</summary>
    internal IReadOnlyList<Mark> Marks => _marks;

    /// <summary>Begins a part of the picture; a page's script finds its marks by this name. Empty for none.</summary>
    internal Scene Part(string name)
    {
        _part = name;
        return this;
    }

    /// <summary>Adds a mark of any kind.</summary>
    internal Scene Add(Mark mark)
    {
        _marks.Add(mark with { Part = _part });
        return this;
    }

    /// <summary>Adds a line of text; <paramref name="y"/> is its baseline.</summary>
    /// <param name="x">Where the text begins, ends or has its middle.</param>
    /// <param name="y">The baseline.</param>
    /// <param name="text">The text.</param>
    /// <param name="classes">How it looks: <c>t</c> for a title, <c>s</c> for a remark; empty for plain text.</param>
    /// <param name="anchor">Which part of the text is at <paramref name="x"/>: <c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public Scene Text(double x, double y, string text, string classes = "", string anchor = "start") =>
        Add(new TextMark(x, y, text, classes, anchor));

    /// <summary>Adds a straight line.</summary>
    public Scene Line(double x1, double y1, double x2, double y2, string classes) => Add(new LineMark(x1, y1, x2, y2, classes));

    /// <summary>Adds a rectangle by its left and upper edge; <paramref name="title"/> is its tooltip.</summary>
    public Scene Rect(double x, double y, double width, double height, string classes, string? title = null) =>
        Add(new RectMark(x, y, width, height, classes) { Title = title });

    /// <summary>Adds a line through points; nothing where there are fewer than two.</summary>
    public Scene Polyline(IReadOnlyList<(double X, double Y)> points, string classes) =>
        points.Count < 2 ? this : Add(new PathMark([points], false, classes));

    /// <summary>Adds a filled shape; nothing where it has fewer than two corners.</summary>
    public Scene Area(IReadOnlyList<(double X, double Y)> corners, string classes) =>
        corners.Count < 2 ? this : Add(new PathMark([corners], true, classes));

    /// <summary>Adds a dot.</summary>
    public Scene Dot(double x, double y, double radius, string classes) => Add(new DotMark(x, y, radius, classes));
}
