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

    /// <summary>Whether the y axis is logarithmic; values that are not positive are gaps then.</summary>
    public bool LogY { get; init; }

    /// <summary>The x axis begins here; null: where the data begin.</summary>
    public double? From { get; init; }

    /// <summary>The x axis ends here; null: where the data end.</summary>
    public double? To { get; init; }

    /// <summary>
    /// How smoothed curves are smoothed: 0 to 0.999, the weight of what was before in an exponential moving average, corrected for its start;
    /// null: the mean over a centred window of a fortieth of the curve.
    /// </summary>
    public double? Smoothing { get; init; }

    /// <summary>Width in pixels of the picture's own coordinates; pages scale it.</summary>
    public double Width { get; init; } = 720;

    /// <summary>Height in pixels, legend included.</summary>
    public double Height { get; init; } = 300;

    /// <summary>Whether every line is drawn smoothed and nothing else of its series.</summary>
    internal bool Even { get; init; }

    /// <summary>Whether there is anything to draw.</summary>
    internal bool HasValues => Series.Any(s => s.Y.Any(y => double.IsFinite(y) && (y > 0 || !LogY)));

    /// <summary>A curve's values as its smoothed line has them.</summary>
    internal IReadOnlyList<double> Smooth(IReadOnlyList<double> values) =>
        Smoothing is { } weight ? Curves.Average(values, weight) : Curves.Smooth(values);

    /// <summary>The picture.</summary>
    public Scene ToScene() => new ChartLayout(this).Draw();

    /// <summary>The picture as a stand-alone SVG document.</summary>
    public string ToSvg() => SvgWriter.Write(ToScene()).Html;
}
