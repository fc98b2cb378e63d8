using MoELab.Runs.Reading;
using MoELab.Studies.Results;

namespace MoELab.Studies.Races;

/// <summary>The result of a race: every contender's figures, and its differences from the first one, seed by seed.</summary>
public sealed class RaceResult
{
    internal static readonly (string Key, string Title)[] Metrics =
        [("eval/bits_per_byte", "held-out bits/byte"), ("loss", "loss, last tenth"), ("max_vio/mean", "MaxVio, last tenth")];

    internal RaceResult(IReadOnlyList<string> contenders, IReadOnlyList<IReadOnlyList<Run>> runs)
    {
        (Contenders, RunsOf) = (contenders, runs);
        Figures = [.. Metrics.SelectMany(m =>
        {
            var values = runs.Select(of => of.Select(r => Figure(r, m.Key)).ToArray()).ToArray();
            return contenders.Select((name, c) => RaceFigure.Of(m.Key, name, values[c], values[0]));
        })];
    }

    /// <summary>The contenders' labels; the others are compared with the first.</summary>
    public IReadOnlyList<string> Contenders { get; }

    /// <summary>The runs of each contender, in the order of the seeds.</summary>
    public IReadOnlyList<IReadOnlyList<Run>> RunsOf { get; }

    /// <summary>Every run.</summary>
    public IReadOnlyList<Run> Runs => [.. RunsOf.SelectMany(r => r)];

    /// <summary>Mean, paired difference and 95 % interval of each metric and contender.</summary>
    public IReadOnlyList<RaceFigure> Figures { get; }

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => ["metric", "contender", "mean", "difference", "95 % low", "95 % high"];

    /// <summary>The figures as a table.</summary>
    public IReadOnlyList<object?[]> Rows => [.. Figures.Select(f => (object?[])
        [Metrics.First(m => m.Key == f.Metric).Title, f.Contender, f.Mean, f.Contender == Contenders[0] ? null : f.Difference, f.Low, f.High])];

    /// <summary>One sentence: where each contender ends relative to the first, and whether the interval contains 0.</summary>
    public string Statement()
    {
        var metric = Metrics.FirstOrDefault(m => Figures.Where(f => f.Metric == m.Key).All(f => double.IsFinite(f.Mean)));
        if (metric.Key is null)
            return "No metric was logged by every run, so the contenders cannot be compared.";
        var seeds = RunsOf[0].Count;
        var parts = Figures.Where(f => f.Metric == metric.Key).Skip(1).Select(f =>
        {
            var where = FormattableString.Invariant(
                $"'{f.Contender}' ends {Math.Abs(f.Difference):0.0000} {(f.Difference < 0 ? "below" : "above")} '{Contenders[0]}' in {metric.Title}");
            return f is { Low: { } low, High: { } high }
                ? where + FormattableString.Invariant($" (95 % interval {low:0.0000} to {high:0.0000}, which ")
                    + (low <= 0 && high >= 0 ? "contains 0: no difference is shown)" : "excludes 0)")
                : where + " (one seed gives no interval, and the difference may be seed noise)";
        });
        return $"Over {seeds} paired seed{(seeds == 1 ? "" : "s")}, {string.Join("; ", parts)}.";
    }

    /// <summary>The statement and the table as text.</summary>
    public override string ToString() => $"{Statement()}{Environment.NewLine}{TextTable.Of(Columns, Rows)}";

    internal static double Figure(Run run, string metric) =>
        RunFigures.Of(run.Read(), metric) ?? double.NaN;
}
