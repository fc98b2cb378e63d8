using MoELab.Studies.Statistics;

namespace MoELab.Studies.Reports;

/// <summary>A study's result in sentences.</summary>
internal static class StudySentences
{
    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal)
    {
        ["eval/bits_per_byte"] = "held-out bits per byte",
        ["eval_final/bits_per_byte"] = "held-out bits per byte of the longer final evaluation",
        ["eval/loss"] = "held-out loss",
        ["loss"] = "training loss over the last tenth of the steps",
        ["max_vio/mean"] = "MaxVio over the last tenth of the steps",
        ["max_vio/peak"] = "largest MaxVio of the run",
    };

    public static string Of(StudyReport report)
    {
        var first = report.Arms[0];
        var metric = Title(report.Plan.Study.Metric);
        if (first.Spread is not { } spread)
            return $"No run of '{first.Arm}' counts yet, so nothing can be compared.";
        var begin = $"'{first.Arm}' ends at {Number(spread.Mean)} {metric}{Spread(first)} ({report.Scale()}).";
        var rest = report.Arms.Skip(1).Select(a => Of(a, first, metric, report.Arms.Count - 1));
        var missing = report.Arms.Sum(a => a.Missing);
        return string.Join(" ", (string[])[begin, .. rest, .. missing == 0 ? Array.Empty<string>() : [missing == 1 ? "1 run is missing yet." : $"{missing} runs are missing yet."]]);
    }

    internal static string Title(string metric) => Titles.GetValueOrDefault(metric, metric);

    private static string Of(ArmReport arm, ArmReport first, string metric, int arms)
    {
        if (arm.Difference is not { } difference)
            return arm.Failed > 0 ? $"Every run of '{arm.Arm}' that has ended failed ({arm.Failed})." : $"No run of '{arm.Arm}' counts yet.";
        var seeds = difference.Count == 1 ? "On one seed" : $"Over {difference.Count} paired seeds";
        var where = difference.Mean == 0 ? $"{seeds}, '{arm.Arm}' ends where '{first.Arm}' does"
            : $"{seeds}, '{arm.Arm}' ends {Number(Math.Abs(difference.Mean))} {(difference.Mean < 0 ? "below" : "above")} '{first.Arm}'";
        var test = difference.Interval is { } interval
            ? $" (95 % interval {Number(interval.Low)} to {Number(interval.High)}, paired t test"
                + (arm.AdjustedP is { } p ? $", {P(p)}{(arms > 1 ? $" after Holm's correction over {arms} comparisons" : "")}" : "") + ")"
            : " (one seed gives no interval)";
        var verdict = arm.Verdict is { } v ? v.Kind == VerdictKind.NotResolved && difference.Count > 1
            ? ": not resolved" : $": {v.Words}" : "";
        var equivalence = arm.Equivalence is { } e && e.P is { } q ? $"; equivalence within {Number(e.Margin)}: {P(q)}" : "";
        var failed = arm.Failed > 0 ? $"; {arm.Failed} of its runs failed and {(arm.Failed == 1 ? "is" : "are")} not in these figures" : "";
        var speed = arm.Speedup is { } s ? $"; effective speedup {s.Loss.ToString("0.00", CultureInfo.InvariantCulture)} by loss"
            + (s.WallClock is { } w ? $", {w.ToString("0.00", CultureInfo.InvariantCulture)} by wall clock" : "") : "";
        return $"{where}{test}{verdict}{equivalence}{speed}{failed}.";
    }

    private static string Spread(ArmReport arm) => arm.Spread!.StandardDeviation is { } sd
        ? $" (mean of {arm.Values.Count} seeds, sd {Number(sd)})" : " (one seed)";

    internal static string Signed(double value) => (value > 0 ? "+" : "") + Number(value);

    internal static string Number(double value) => value.ToString(Math.Abs(value) is < 0.0005 and > 0 ? "0.000000" : "0.0000", CultureInfo.InvariantCulture);

    internal static string P(double p) => p < 0.0001 ? "p < 0.0001" : "p = " + p.ToString(p < 0.01 ? "0.0000" : "0.000", CultureInfo.InvariantCulture);
}
