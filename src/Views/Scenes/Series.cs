using MoELab.Runs.Log;

namespace MoELab.Views.Scenes;

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through every value.</summary>
    Line,

    /// <summary>The values faint, and a smoothed line over them.</summary>
    Smoothed,

    /// <summary>A line with a dot at every value, for figures that are logged now and then.</summary>
    Dots,

    /// <summary>A dashed line, for what is only there to compare with.</summary>
    Dashed,
}

/// <summary>One curve.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Positions, increasing.</param>
/// <param name="Y">Values; NaN breaks the curve.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Color">Index into the palette; beyond it, a shade of the depth ramp (see <see cref="Palette"/>).</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, SeriesStyle Style = SeriesStyle.Line, string Color = "c0")
{
    /// <summary>Its column's name in the view's data: a metric's key, or words in snake_case; made from the name if it is empty.</summary>
    public string Key { get; init; } = "";

    /// <summary>A metric over its steps; its column is called as the metric is.</summary>
    public static Series Of(MetricColumn column, string name, SeriesStyle style, string color) => Of(column, name, style, color, step => step);

    internal static Series Of(MetricColumn column, string name, SeriesStyle style, string color, Func<int, double> at) =>
        new(name, [.. column.Steps.Select(at)], column.Values, style, color) { Key = column.Name };
}

/// <summary>A filled band between two curves over the same positions.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Positions, increasing.</param>
/// <param name="Low">Lower edge.</param>
/// <param name="High">Upper edge.</param>
/// <param name="Opacity">Of the fill, 0 to 1.</param>
/// <param name="Color">Palette class.</param>
public sealed record Band(
    string Name, IReadOnlyList<double> X, IReadOnlyList<double> Low, IReadOnlyList<double> High, double Opacity, string Color = "c0")
{
    /// <summary>The lower edge's column in the view's data; made from the name where it is empty.</summary>
    public string LowKey { get; init; } = "";

    /// <summary>The upper edge's column in the view's data; made from the name where it is empty.</summary>
    public string HighKey { get; init; } = "";

    /// <summary>Both edges as curves.</summary>
    internal Series[] Edges =>
        [new(Name + " low", X, Low, Color: Color) { Key = LowKey }, new(Name + " high", X, High, Color: Color) { Key = HighKey }];

    /// <summary>Bands of the middle 80 % and 50 % of values, from the values of a quantile (0 to 1); none over a single position.</summary>
    internal static IReadOnlyList<Band> Fan(double[] x, Func<double, double[]> quantile, string key, string color) => x.Length < 2 ? [] :
    [
        new("10-90 %", x, quantile(0.1), quantile(0.9), 0.16, color) { LowKey = key + "_p10", HighKey = key + "_p90" },
        new("25-75 %", x, quantile(0.25), quantile(0.75), 0.28, color) { LowKey = key + "_p25", HighKey = key + "_p75" },
    ];
}

/// <summary>A moment on the event lane.</summary>
/// <param name="X">Where.</param>
/// <param name="Kind">The event's kind.</param>
/// <param name="Text">The tooltip.</param>
public sealed record Marker(double X, string Kind, string Text)
{
    private static readonly EventKind[] Shown =
    [
        EventKind.Restart, EventKind.Checkpoint, EventKind.Swap, EventKind.Set, EventKind.Alert, EventKind.Stop, EventKind.Skip, EventKind.Pause,
    ];

    /// <summary>The run's events that a chart shows; echoes of the configuration, starts and acknowledgements stay in the table.</summary>
    public static IReadOnlyList<Marker> Of(RunReader run) => Of(run.Events);

    internal static IReadOnlyList<Marker> Of(IEnumerable<RunEvent> events) =>
        [.. events.Where(e => Shown.Contains(e.Kind)).Select(e => new Marker(e.Step, e.Word, TextOf(e)))];

    internal static string TextOf(RunEvent happened) =>
        $"step {happened.Step:N0}: {happened.Word}{(happened.Message.Length > 0 ? ": " + happened.Message : "")}";
}
