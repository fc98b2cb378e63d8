using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Reports;

/// <summary>Compares the arms of a study with the first.</summary>
internal static class StudyComparison
{
    public static IReadOnlyList<ArmReport> Of(StudyPlan plan, string metric)
    {
        var runs = plan.Arms.Select(a => plan.Done.Where(d => d.Entry.Arm == a && d.Result.Counts && d.Result.Metrics.ContainsKey(metric))
            .ToDictionary(d => d.Entry.Seed, d => d.Result)).ToArray();
        var reports = plan.Arms.Select((a, i) => Figures(plan, a, runs[i], metric)).ToArray();
        for (var i = 1; i < reports.Length; i++)
            reports[i] = Compared(plan.Study, reports[i], runs[i], runs[0], metric);
        var rest = reports.Skip(1).ToArray();
        var p = Holm.Adjust([.. rest.Select(r => r.Difference?.P)]);
        var e = Holm.Adjust([.. rest.Select(r => r.Equivalence?.P)]);
        for (var i = 1; i < reports.Length; i++)
            if (reports[i].Difference is { } difference)
                reports[i] = reports[i] with { AdjustedP = p[i - 1], Verdict = Verdict.Of(difference, reports[i].Equivalence, p[i - 1], e[i - 1]) };
        return reports;
    }

    private static ArmReport Figures(StudyPlan plan, ResolvedArm arm, Dictionary<long, StudyResult> runs, string metric)
    {
        double[] values = [.. runs.Values.Select(r => r.Metrics[metric])];
        return new ArmReport
        {
            Arm = arm.Name,
            Seeds = [.. runs.Keys],
            Values = values,
            Failed = plan.Done.Count(d => d.Entry.Arm == arm && d.Result.Status == ResultStatus.Crash),
            Missing = plan.Left.Count(e => e.Arm == arm),
            Spread = values.Length == 0 ? null : NoiseFloor.Of(values),
        };
    }

    private static ArmReport Compared(Study study, ArmReport report, Dictionary<long, StudyResult> runs, Dictionary<long, StudyResult> first, string metric)
    {
        long[] seeds = [.. runs.Keys.Where(first.ContainsKey)];
        if (seeds.Length == 0)
            return report;
        double[] Values(Dictionary<long, StudyResult> of) => [.. seeds.Select(s => of[s].Metrics[metric])];
        var difference = PairedDifference.Of(Values(runs), Values(first));
        return report with
        {
            Difference = difference,
            Bootstrap = difference.Bootstrap(),
            Equivalence = study.Difference > 0 && metric == study.Metric && seeds.Length > 1 ? Equivalence.Of(difference, study.Difference) : null,
            ToFirst = metric == study.Metric && seeds.All(s => runs[s].Curve.Count > 1 && first[s].Curve.Count > 1)
                ? StepsToTarget.Of([.. seeds.Select(s => Share(runs[s], first[s], metric))]) : null,
            Speedup = study.Law is { } law && metric == study.Metric ? Speedup(study, seeds, runs, first, metric, law) : null,
        };
    }

    private static double? Share(StudyResult run, StudyResult first, string metric) =>
        StepsToTarget.First([.. run.Curve.Select(p => p[0])], [.. run.Curve.Select(p => p[1])], first.Metrics[metric]) / first.Steps;

    private static EffectiveSpeedup Speedup(Study study, long[] seeds, Dictionary<long, StudyResult> runs, Dictionary<long, StudyResult> first, string metric,
        LossLaw law)
    {
        // Matched in what the budget counts; a budget of steps is one of tokens.
        RunCost Cost(StudyResult r) => study.Budget is { Unit: BudgetUnit.Flops } ? RunCost.Flops(r.Flops, r.Flops / r.Seconds) : RunCost.Tokens(r.Tokens, r.Tokens / r.Seconds);
        return EffectiveSpeedup.Of([.. seeds.Select(s => first[s].Metrics[metric])], [.. seeds.Select(s => Cost(first[s]))],
            [.. seeds.Select(s => runs[s].Metrics[metric])], [.. seeds.Select(s => Cost(runs[s]))], law);
    }
}
