using MoELab.Studies.Reports;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Ladders;

/// <summary>An arm along a ladder.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Rungs">Its figures on each rung.</param>
/// <param name="Outcome">What holds along the ladder; null for the first arm.</param>
/// <param name="Points">Training FLOPs of a run and mean of the metric, for each rung with results.</param>
public sealed record LadderArm(string Arm, IReadOnlyList<ArmReport> Rungs, LadderOutcome? Outcome, IReadOnlyList<(double Compute, double Loss)> Points)
{
    internal static LadderArm Of(string arm, bool isFirst, IReadOnlyList<StudyReport> rungs)
    {
        var reports = rungs.Select(r => r.Arms.Single(a => a.Arm == arm)).ToArray();
        var points = rungs.Zip(reports, (rung, report) => report.Spread is { } spread
            ? ((double, double)?)(rung.Results.Where(r => r.Arm == arm && r.Counts).Average(r => r.Flops), spread.Mean) : null);
        return new(arm, reports, isFirst ? null : Judge(reports), [.. points.OfType<(double, double)>()]);
    }

    private static LadderOutcome Judge(ArmReport[] rungs)
    {
        if (rungs.Any(r => r.Verdict is null))
            return LadderOutcome.Missing;
        var (won, lost) = (rungs.Count(r => r.Verdict!.Kind == VerdictKind.Lower), rungs.Count(r => r.Verdict!.Kind == VerdictKind.Higher));
        return (won, lost) switch
        {
            ( > 0, > 0) => LadderOutcome.Reversed,
            (0, 0) => LadderOutcome.Unresolved,
            _ when won == rungs.Length => LadderOutcome.Holds,
            _ when lost == rungs.Length => LadderOutcome.Lost,
            _ => LadderOutcome.Faded,
        };
    }
}

/// <summary>What holds of an arm along a ladder, by the verdicts of its rungs; smaller is better.</summary>
public enum LadderOutcome
{
    /// <summary>It is lower on every rung: it passes the gate.</summary>
    Holds,

    /// <summary>It is lower on one rung and higher on another.</summary>
    Reversed,

    /// <summary>It is higher on every rung.</summary>
    Lost,

    /// <summary>It differs on some rungs, always to the same side, and not on others.</summary>
    Faded,

    /// <summary>No rung shows a difference.</summary>
    Unresolved,

    /// <summary>Some rung has no comparison yet.</summary>
    Missing,
}
