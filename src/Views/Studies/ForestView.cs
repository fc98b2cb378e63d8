using MoELab.Studies.Reports;
using MoELab.Studies.Statistics;

namespace MoELab.Views.Studies;

/// <summary>
/// A study's differences as a forest: of each arm the mean difference from the first arm over paired seeds, with its interval, against a line at 0
/// and, where the study says which difference matters, a band of that width to either side.
/// </summary>
public sealed class ForestView : View
{
    private const double Width = 720, Row = 40, Above = 76, Left = 232, Right = 548, Beside = 566;
    private const int MostLetters = 34;
    private readonly IReadOnlyList<ArmReport> _arms;
    private readonly string _metric;
    private readonly double _margin;

    /// <summary>Draws a report by a metric.</summary>
    /// <param name="report">The report.</param>
    /// <param name="metric">The metric; null for the study's, which alone has a band and verdicts of equivalence.</param>
    /// <exception cref="InputException">No run of the study logs the metric.</exception>
    public ForestView(StudyReport report, string? metric = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        var study = report.Plan.Study;
        (_metric, _arms) = (metric ?? study.Metric, metric is null ? report.Arms : report.By(metric));
        _margin = _metric == study.Metric ? study.Difference : 0;
        Data = StudyViews.TableOf(_arms);
    }

    /// <inheritdoc/>
    public override string Title => $"Difference from '{_arms[0].Arm}' in {StudySentences.Title(_metric)}";

    /// <summary>One row per arm, the first without a difference.</summary>
    public override ViewTable Data { get; }

    /// <inheritdoc/>
    public override Scene Scene => Draw();

    private Scene Draw()
    {
        var bottom = Above + (Row * _arms.Count);
        var scene = new Scene(Width, bottom + 40, Title);
        scene.Text(4, 18, Cut(Title, 90), "t");
        scene.Text(4, 36, "Mean over paired seeds with its 95 % interval; left of 0 is lower."
            + (_margin > 0 ? FormattableString.Invariant($" Shaded: within {_margin:0.######}, which counts as no difference.") : ""), "s");
        var (low, high) = Range();
        double X(double value) => Left + ((value - low) / (high - low) * (Right - Left));
        if (_margin > 0)
            scene.Add(new RectMark(X(-_margin), Above - 14, X(_margin) - X(-_margin), bottom - Above + 14, "b-c0") { Opacity = 0.13 });
        foreach (var (at, label) in Ticks.Labelled(Ticks.Nice(low, high, 5)))
            scene.Line(X(at), Above - 14, X(at), bottom, "g").Line(X(at), bottom, X(at), bottom + 4, "ax").Text(X(at), bottom + 17, label, "s", "middle");
        scene.Line(Left, bottom, Right, bottom, "ax").Line(X(0), Above - 14, X(0), bottom, "ax");
        scene.Text(Left - 12, Above - 20, "arm", "s", "end").Text(Beside, Above - 20, "difference, 95 % interval", "s");
        for (var i = 0; i < _arms.Count; i++)
            Add(scene, _arms[i], Above + (Row * i) + 8, X, i == 0);
        return scene;
    }

    private void Add(Scene scene, ArmReport arm, double y, Func<double, double> x, bool first)
    {
        scene.Text(Left - 12, y, Cut(arm.Arm, MostLetters), "", "end").Text(Left - 12, y + 14, State(arm, first), "s", "end");
        if (first)
            scene.Dot(x(0), y + 2, 4, "b-c6");
        if (first || arm.Difference is not { } difference || !double.IsFinite(difference.Mean))
        {
            scene.Text(Beside, y, first && arm.Spread is { } spread ? FormattableString.Invariant($"mean {spread.Mean:0.0000}") : "");
            return;
        }
        var color = "b-" + Color(arm.Verdict);
        if (difference.Interval is { } interval && double.IsFinite(interval.Low) && double.IsFinite(interval.High))
        {
            var (from, to) = (x(interval.Low), x(interval.High));
            scene.Rect(from, y + 1, Math.Max(to - from, 1), 2, color, $"{arm.Arm}: {Signed(interval.Low)} to {Signed(interval.High)}")
                .Rect(from - 0.75, y - 3, 1.5, 10, color).Rect(to - 0.75, y - 3, 1.5, 10, color);
            scene.Text(Beside, y + 14, $"{Signed(interval.Low)} to {Signed(interval.High)}", "s");
        }
        else
        {
            scene.Text(Beside, y + 14, "one seed: no interval", "s");
        }
        scene.Dot(x(difference.Mean), y + 2, 4.5, color).Text(Beside, y, Signed(difference.Mean));
    }

    private (double Low, double High) Range()
    {
        var ends = _arms.Select(a => a.Difference).OfType<PairedDifference>()
            .SelectMany(d => (double[])[d.Mean, d.Interval?.Low ?? d.Mean, d.Interval?.High ?? d.Mean])
            .Where(double.IsFinite).Concat([0, -_margin, _margin]).ToArray();
        var (low, high) = (ends.Min(), ends.Max());
        if (high <= low)
            (low, high) = (-0.001, 0.001);
        var space = (high - low) * 0.06;
        return (low - space, high + space);
    }

    private static string State(ArmReport arm, bool first)
    {
        var seeds = arm.Values.Count == 1 ? "1 seed" : $"{arm.Values.Count} seeds";
        var verdict = first ? "the reference" : arm.Verdict switch
        {
            null => arm.Failed > 0 && arm.Missing == 0 ? "every run failed" : "no paired run yet",
            { Kind: VerdictKind.Equivalent, IsDifferent: true } => "different within the band",
            { Kind: VerdictKind.Equivalent } => "equivalent",
            { Kind: VerdictKind.Lower } => "lower",
            { Kind: VerdictKind.Higher } => "higher",
            _ => "not resolved",
        };
        return arm.Values.Count == 0 ? verdict : $"{seeds}: {verdict}";
    }

    private static string Color(Verdict? verdict) => verdict?.Kind switch
    {
        VerdictKind.Lower => "c2",
        VerdictKind.Higher => "c1",
        VerdictKind.Equivalent => "c0",
        _ => "c6",
    };

    private static string Signed(double value) =>
        value.ToString(Math.Abs(value) is < 0.0005 and > 0 ? "+0.000000;-0.000000;0" : "+0.0000;-0.0000;0", CultureInfo.InvariantCulture);

    private static string Cut(string text, int most) => text.Length > most ? text[..(most - 1)] + "…" : text;
}
