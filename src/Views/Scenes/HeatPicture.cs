namespace MoELab.Views.Scenes;

/// <summary>What a heatmap shows and how its parts are called; the frames are those of a slider, whatever they mean.</summary>
/// <param name="Frames">The cells; their layers are the picture's rows, their experts its columns, their steps the slider's positions.</param>
/// <param name="Title">Above the picture.</param>
/// <param name="Unit">Beside the colour bar.</param>
internal sealed record HeatPicture(RoutingFrames Frames, string Title, string Unit)
{
    /// <summary>The frame of the static picture.</summary>
    public int Frame { get; init; } = Math.Max(0, Frames.Cells.Count - 1);

    /// <summary>Above the picture with a slider, which shows its own position.</summary>
    public string LiveTitle { get; init; } = Title.Split(" at step")[0];

    // What a position of the slider, a row and a column are.
    public string FrameWord { get; init; } = "step";
    public string RowWord { get; init; } = "layer";
    public string ColumnWord { get; init; } = "expert";

    /// <summary>Names of the rows; null numbers them.</summary>
    public IReadOnlyList<string>? RowNames { get; init; }

    /// <summary>The middle of the scale, as in "1.2x an even load".</summary>
    public string Even { get; init; } = Frames.Logarithmic ? "an even load" : "equal";

    // What a cell of zero and a cell without a value are called.
    public string None { get; init; } = "no token";
    public string Nothing { get; init; } = "no tokens in this layer";

    /// <summary>Even load in tokens, [frames][rows], for a picture that can show amounts too.</summary>
    public IReadOnlyList<double[]>? Means { get; init; }

    /// <summary>Whether columns can be sorted by value.</summary>
    public bool Sortable { get; init; } = Frames.Logarithmic;

    // The left and the right end of sorted columns.
    public string Most { get; init; } = "most tokens";
    public string Least { get; init; } = "fewest tokens";
}
