using MoELab.Studies.Races;

namespace MoELab.Views.Tables;

/// <summary>A sweep as parallel coordinates: one line per run over the swept value and the figures that it ended with.</summary>
/// <param name="sweep">The sweep, whose runs have ended.</param>
public sealed class SweepView(SweepResult sweep) : View
{
    private const double LetterWidth = 6.5;
    private static readonly string[] Keys = ["eval_bits_per_byte", "loss_last_tenth", "max_vio_last_tenth"];

    /// <inheritdoc/>
    public override string Title => $"Sweep of {Data.Columns[0]}";

    /// <summary>The swept value, the run and its final figures.</summary>
    public override ViewTable Data { get; } = new(
        [sweep.Path, "run", .. sweep.Columns.Skip(2).Select((title, i) => Keys.ElementAtOrDefault(i) ?? ViewTable.Snake(title))],
        [.. sweep.Rows.Select(r => r.Select((v, c) =>
            c == 0 && double.TryParse((string?)v, CultureInfo.InvariantCulture, out var number) ? number : v).ToArray())])
    {
        Titles = sweep.Columns,
    };

    /// <inheritdoc/>
    public override Scene Scene => Draw();

    private Scene Draw()
    {
        const double Width = 720, Height = 320, Top = 64, Bottom = 286, Left = 70, Right = 80;
        var scene = new Scene(Width, Height, Title);
        scene.Text(4, 18, Title, "t");
        if (Data.Rows.Count == 0)
            return scene.Text(Width / 2, Height / 2, "no runs", "s", "middle");
        var axes = Enumerable.Range(0, Data.Columns.Count).Where(c => Data.Columns[c] != "run").ToArray();
        var x = axes.Select((_, i) => Left + (i * (Width - Left - Right) / Math.Max(1, axes.Length - 1))).ToArray();
        var scales = axes.Select(Scale).ToArray();
        for (var i = 0; i < axes.Length; i++)
            scene.Line(x[i], Top, x[i], Bottom, "ax").Text(x[i], Top - 14, Data.Titles[axes[i]], "", "middle");
        for (var r = 0; r < Data.Rows.Count; r++)
        {
            var shares = axes.Select((c, i) => (X: x[i], Share: scales[i].Of(Data.Rows[r][c]))).Where(p => double.IsFinite(p.Share));
            scene.Polyline([.. shares.Select(p => (p.X, Bottom - (p.Share * (Bottom - Top))))], "l " + Palette.Ordered(r, Data.Rows.Count));
        }
        // Over the lines, each on a piece of paper of its own.
        for (var i = 0; i < axes.Length; i++)
        {
            foreach (var (label, share) in scales[i].Ticks)
            {
                var y = Bottom - (share * (Bottom - Top));
                scene.Rect(x[i] - 8 - (LetterWidth * label.Length), y - 7, (LetterWidth * label.Length) + 4, 14, "paper")
                    .Text(x[i] - 6, y + 4, label, "s", "end");
            }
        }
        return scene;
    }

    // Labels closer than this would cover each other.
    private static IEnumerable<(string Label, double Share)> Spaced(IEnumerable<(string Label, double Share)> ticks)
    {
        var last = double.NegativeInfinity;
        foreach (var tick in ticks.Where(t => t.Share - last >= 0.07))
        {
            last = tick.Share;
            yield return tick;
        }
    }

    private (IReadOnlyList<(string Label, double Share)> Ticks, Func<object?, double> Of) Scale(int column)
    {
        var cells = Data.Rows.Select(r => r[column]).ToArray();
        if (cells.All(c => c is double))
        {
            var finite = cells.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            var (low, high) = (finite.Min(), finite.Max());
            // Rates are swept in powers: on an even axis all but the largest would lie on one point.
            var powers = column == 0 && low > 0 && high >= 20 * low;
            double On(double v) => powers ? Math.Log(v) : v;
            double Of(object? v) => v is not double d || !double.IsFinite(d) ? double.NaN
                : high > low ? (On(d) - On(low)) / (On(high) - On(low)) : 0.5;
            return (powers ? [.. Spaced(finite.Distinct().Order().Select(v => (Ticks.Label(v), Of(v))))]
                : high > low ? [(Ticks.Label(low), 0), (Ticks.Label((low + high) / 2), 0.5), (Ticks.Label(high), 1)]
                : [(Ticks.Label(low), 0.5)], Of);
        }
        var names = cells.Select(c => ViewTable.Cell(c)).Distinct().ToList();
        double Place(object? v) => names.Count > 1 ? names.IndexOf(ViewTable.Cell(v)) / (names.Count - 1.0) : 0.5;
        return ([.. names.Select(n => (n, Place(n)))], Place);
    }
}

/// <summary>Adds the view to a sweep's result.</summary>
public static class SweepViewExtensions
{
    extension(SweepResult sweep)
    {
        /// <summary>One line per run over the swept value and the final figures.</summary>
        public SweepView Parallel() => new(sweep);
    }
}
