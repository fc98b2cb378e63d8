namespace MoELab.Views.Scenes;

/// <summary>A chart of curves and bands over a common x axis, with a legend and an event lane: what most views draw with.</summary>
public sealed record LineChart
{
    /// <summary>Above the picture; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>Below the x axis.</summary>
    public string XLabel { get; init; } = "step";

    /// <summary>Above the y axis, with the unit.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>Curves, the first drawn lowest.</summary>
    public IReadOnlyList<Series> Series { get; init; } = [];

    /// <summary>Bands below the curves.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];

    /// <summary>Moments on the event lane.</summary>
    public IReadOnlyList<Marker> Markers { get; init; } = [];

    /// <summary>Whether the y axis must begin at 0.</summary>
    public bool FromZero { get; init; }

    /// <summary>Width in pixels of the picture's own coordinates; pages scale it.</summary>
    public double Width { get; init; } = 720;

    /// <summary>Height in pixels, legend included.</summary>
    public double Height { get; init; } = 300;

    /// <summary>Whether every line is drawn smoothed and nothing else of its series.</summary>
    internal bool Even { get; init; }

    /// <summary>Whether there is anything to draw.</summary>
    internal bool HasValues => Series.Any(s => s.Y.Any(double.IsFinite));

    /// <summary>The picture.</summary>
    public Scene ToScene() => new ChartLayout(this).Draw();

    /// <summary>The picture as a stand-alone SVG document.</summary>
    public string ToSvg() => SvgWriter.Write(ToScene()).Html;
}
