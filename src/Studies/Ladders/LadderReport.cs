using MoELab.Studies.Definition;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Ladders;

/// <summary>What a ladder shows: a verdict for each arm on each rung, whether it holds along the ladder, and the arms' loss laws.</summary>
public sealed class LadderReport
{
    internal LadderReport(Ladder ladder, IReadOnlyList<StudyReport> rungs)
    {
        (Ladder, Rungs) = (ladder, rungs);
        var arms = rungs[0].Arms.Select(a => a.Arm).ToArray();
        Arms = [.. arms.Select((arm, i) => LadderArm.Of(arm, i == 0, rungs))];
    }

    /// <summary>The ladder.</summary>
    public Ladder Ladder { get; }

    /// <summary>The study of each rung.</summary>
    public IReadOnlyList<StudyReport> Rungs { get; }

    /// <summary>The arms; the first is what the others are compared with.</summary>
    public IReadOnlyList<LadderArm> Arms { get; }

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => ["arm", .. Ladder.Rungs.Select(r => r.Name), "along the ladder"];

    /// <summary>One row per arm: its difference and verdict on each rung, and what holds along the ladder.</summary>
    public IReadOnlyList<object?[]> Rows => [.. Arms.Select(a => (object?[])[a.Arm, .. a.Rungs.Select(Text), Words(a.Outcome)])];

    /// <summary>What the ladder shows, one sentence per arm.</summary>
    public string Statement() => string.Join(" ", Arms.Skip(1).Select(Sentence));

    /// <summary>
    /// The loss that each arm's law gives at a budget beyond the ladder: L(C) = floor + A C^-exponent with the study's law, A fitted to the arm's rungs;
    /// empty where the study has no law or fewer than two rungs have results.
    /// </summary>
    /// <param name="compute">Training FLOPs of one run.</param>
    public IReadOnlyList<(string Arm, Projection Projection)> Project(double compute) => Ladder.Rungs[0].Study.Law is not { } law ? []
        : [.. Arms.Where(a => a.Points.Count > 1).Select(a =>
            (a.Arm, ScalingLaw.FitScale([.. a.Points.Select(p => p.Compute)], [.. a.Points.Select(p => p.Loss)], law).Project(compute)))];

    /// <summary>The question, the sentences and the table as text.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        ((string[])[Ladder.Question, Statement(), "", TextTable.Of(Columns, Rows)]).SkipWhile(l => l.Length == 0));

    private string Sentence(LadderArm arm)
    {
        var first = Arms[0].Arm;
        var where = string.Join("; ", Ladder.Rungs.Zip(arm.Rungs, (rung, r) => $"{rung.Name}: {Text(r)}"));
        return arm.Outcome switch
        {
            LadderOutcome.Holds => $"'{arm.Arm}' ends below '{first}' on every rung ({where}).",
            LadderOutcome.Reversed => $"'{arm.Arm}' wins on one rung and loses on another ({where}): a reversal, so the smaller rung did not predict the larger.",
            LadderOutcome.Lost => $"'{arm.Arm}' ends above '{first}' on every rung ({where}).",
            LadderOutcome.Faded => $"'{arm.Arm}' differs from '{first}' on some rungs and not on others ({where}).",
            LadderOutcome.Missing => $"'{arm.Arm}' has no comparison on some rung yet ({where}).",
            _ => $"'{arm.Arm}' and '{first}' are not told apart on any rung ({where}).",
        };
    }

    private static string Words(LadderOutcome? outcome) => outcome switch
    {
        null => "",
        LadderOutcome.Holds => "wins on every rung",
        LadderOutcome.Lost => "loses on every rung",
        LadderOutcome.Reversed => "reversal",
        LadderOutcome.Faded => "on some rungs only",
        LadderOutcome.Missing => "not complete",
        _ => "no difference shown",
    };

    private static string Text(ArmReport report) => report.Difference is not { } difference
        ? report.Spread is { } spread ? spread.Mean.ToString("0.0000", CultureInfo.InvariantCulture) : "none"
        : string.Create(CultureInfo.InvariantCulture, $"{difference.Mean:+0.0000;-0.0000;0.0000} {report.Verdict?.Words}");
}
