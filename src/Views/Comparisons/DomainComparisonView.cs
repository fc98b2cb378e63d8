namespace MoELab.Views.Comparisons;

/// <summary>Held-out text of each domain, run by run: bits per byte of the last evaluation, nats per token where runs logged only those.</summary>
public sealed class DomainComparisonView : View
{
    private const double Left = 120, Right = 60, Bar = 14, Gap = 14, Width = 720;
    private readonly IReadOnlyList<RunReader> _runs;
    private readonly IReadOnlyList<string> _colors, _domains;
    private readonly string _prefix;

    /// <summary>Reads <c>eval/bits_per_byte/DOMAIN</c>, else <c>eval/loss/DOMAIN</c>.</summary>
    /// <param name="runs">The runs, at least one.</param>
    /// <param name="colors">A palette's class for each; null takes them in order.</param>
    public DomainComparisonView(IReadOnlyList<RunReader> runs, IReadOnlyList<string>? colors = null)
    {
        (_runs, _colors) = (runs, colors ?? [.. runs.Select((_, i) => Palette.Category(i))]);
        string[] Domains(string prefix) => [.. runs.SelectMany(r => r.Metrics.Under(prefix)).Select(c => c.Name[prefix.Length..]).Distinct()
            .Order(StringComparer.Ordinal)];
        const string Bits = "eval/bits_per_byte/", Loss = "eval/loss/";
        (_domains, _prefix) = Domains(Bits) is { Length: > 0 } known ? (known, Bits) : (Domains(Loss), Loss);
    }

    /// <inheritdoc/>
    public override string Title => "Held-out text by domain";

    /// <summary>The domain, then one column per run.</summary>
    public override ViewTable Data => new(["domain", .. _runs.Select(r => r.Name)],
        [.. _domains.Select(d => (object?[])[d, .. _runs.Select(r => (object?)RunFigures.Of(r, _prefix + d))])]);

    /// <inheritdoc/>
    public override Scene Scene
    {
        get
        {
            var group = (_runs.Count * Bar) + Gap;
            var (entries, top) = Legend();
            var scene = new Scene(Width, top + (Math.Max(1, _domains.Count) * group) + 24, Title);
            foreach (var (run, x, y) in entries)
                scene.Rect(x, y - 8, 10, 10, "b-" + _colors[run]).Text(x + 15, y, Cut(_runs[run].Name));
            scene.Text(4, 18, Title, "t").Text(4, 36, _prefix.Contains("bits", StringComparison.Ordinal)
                ? "bits per byte of the last evaluation; shorter is better" : "nats per token of the last evaluation; shorter is better", "s");
            if (_domains.Count == 0)
                return scene.Text(Width / 2, top + 20, "no evaluation by domain is logged", "s", "middle");
            var rows = Data.Rows;
            var most = rows.SelectMany(r => r.Skip(1)).OfType<double>().DefaultIfEmpty(1).Max();
            foreach (var tick in Ticks.Nice(0, most, 6))
            {
                var x = X(tick, most);
                scene.Line(x, top - 6, x, top + (_domains.Count * group), "g").Text(x, top + (_domains.Count * group) + 14, Ticks.Label(tick), "s", "middle");
            }
            for (var d = 0; d < rows.Count; d++)
            {
                var y = top + (d * group);
                scene.Text(Left - 8, y + (_runs.Count * Bar / 2) + 4, Cut((string)rows[d][0]!), "", "end");
                for (var r = 0; r < _runs.Count; r++)
                    if (rows[d][r + 1] is double value)
                        scene.Rect(Left, y + (r * Bar), X(value, most) - Left, Bar - 3, "b-" + _colors[r],
                                FormattableString.Invariant($"{_runs[r].Name}: {value:0.000}"))
                            .Text(X(value, most) + 5, y + (r * Bar) + 9, value.ToString("0.000", CultureInfo.InvariantCulture), "n");
            }
            return scene;
        }
    }

    // Names of the runs in rows that fit, and where the bars begin below them.
    private (IReadOnlyList<(int Run, double X, double Y)> Entries, double Top) Legend()
    {
        var (entries, x, y) = (new List<(int, double, double)>(), 4.0, 56.0);
        for (var i = 0; i < _runs.Count; i++)
        {
            var width = 32 + (6.4 * Cut(_runs[i].Name).Length);
            if (x + width > Width && x > 4)
                (x, y) = (4.0, y + 17);
            entries.Add((i, x, y));
            x += width;
        }
        return (entries, y + 24);
    }

    private static double X(double value, double most) => Left + (value / most * (Width - Left - Right));

    private static string Cut(string text) => text.Length > 20 ? text[..19] + "…" : text;
}
