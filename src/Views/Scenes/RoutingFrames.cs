namespace MoELab.Views.Scenes;

/// <summary>
/// Heatmaps of several steps, one byte per cell, as the slider shows them: 0 is an expert without a token, 255 a layer
/// without tokens or a value that does not exist, 1 to 254 run linearly from <see cref="Low"/> to <see cref="High"/>.
/// </summary>
/// <param name="Layers">Rows.</param>
/// <param name="Experts">Columns.</param>
/// <param name="Steps">The step of each frame.</param>
/// <param name="Cells">[frames][layers * experts].</param>
/// <param name="Low">The value of cell 1.</param>
/// <param name="High">The value of cell 254.</param>
/// <param name="Logarithmic">Whether cells hold log2 of the load relative to even; otherwise the number itself.</param>
public sealed record RoutingFrames(
    int Layers, int Experts, IReadOnlyList<int> Steps, IReadOnlyList<byte[]> Cells, double Low, double High, bool Logarithmic)
{
    /// <summary>Most frames of a slider.</summary>
    public const int Most = 200;

    /// <summary>At most <paramref name="most"/> of the steps, evenly spaced, the first and the last among them.</summary>
    public static IReadOnlyList<int> Choose(IReadOnlyList<int> steps, int most = Most) => steps.Count <= most
        ? steps
        : [.. Enumerable.Range(0, most).Select(i => steps[(int)Math.Round(i * (steps.Count - 1.0) / (most - 1))])];

    /// <summary>Load relative to an even one, [layers, experts]: 1 is even; NaN in a layer without tokens.</summary>
    public static double[,] Relative(long[,] counts)
    {
        var (layers, experts) = (counts.GetLength(0), counts.GetLength(1));
        var relative = new double[layers, experts];
        for (var layer = 0; layer < layers; layer++)
        {
            var sum = 0L;
            for (var expert = 0; expert < experts; expert++)
                sum += counts[layer, expert];
            for (var expert = 0; expert < experts; expert++)
                relative[layer, expert] = sum == 0 ? double.NaN : counts[layer, expert] * (double)experts / sum;
        }
        return relative;
    }

    /// <summary>Loads from a quarter of even to four times even, in steps of 1.1 %; beyond that they are clipped.</summary>
    public static RoutingFrames OfLoads(IEnumerable<(int Step, long[,] Counts)> records, int layers, int experts) =>
        OfRelative(records.Select(r => (r.Step, Relative(r.Counts).Cast<double>())), layers, experts);

    /// <summary>The same from relative loads, row after row.</summary>
    internal static RoutingFrames OfRelative(IEnumerable<(int Step, IEnumerable<double> Loads)> records, int rows, int columns)
    {
        var empty = new RoutingFrames(rows, columns, [], [], -2, 2, true);
        var frames = records.Select(r => (r.Step, Cells: r.Loads.Select(v => v == 0 ? (byte)0 : empty.Quantise(Math.Log2(v))).ToArray())).ToList();
        return empty with { Steps = [.. frames.Select(f => f.Step)], Cells = [.. frames.Select(f => f.Cells)] };
    }

    /// <summary>A value as a cell: 1 to 254, or 255 for NaN.</summary>
    public byte Quantise(double value) => double.IsNaN(value) ? (byte)255 : (byte)(1 + Math.Round(Share(value) * 253));

    /// <summary>A cell's value; NaN for 255; for 0 (no token) the lowest value.</summary>
    public double Value(byte cell) => cell switch
    {
        255 => double.NaN,
        0 => Logarithmic ? double.NegativeInfinity : Low,
        _ => Low + ((cell - 1) / 253.0 * (High - Low)),
    };

    /// <summary>Where a value lies between <see cref="Low"/> (0) and <see cref="High"/> (1), clipped.</summary>
    internal double Share(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    /// <summary>All cells in one text: frame after frame, row after row.</summary>
    public string ToBase64() => Convert.ToBase64String([.. Cells.SelectMany(c => c)]);
}
