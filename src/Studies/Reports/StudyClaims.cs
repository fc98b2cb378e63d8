using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Reports;

/// <summary>Puts a study's claims to its runs.</summary>
internal static class StudyClaims
{
    public static IReadOnlyList<ClaimReport> Of(StudyPlan plan)
    {
        var reports = plan.Study.Claims.Select(c => Figures(plan, c)).ToArray();
        var equivalences = reports.Select(r => r.Difference is { Count: > 1 } d && r.Claim.MarginOf(plan.Study) is > 0 and var margin
            ? Equivalence.Of(d, margin) : null).ToArray();
        var p = Holm.Adjust([.. reports.Select(r => r.Difference?.P)]);
        var e = Holm.Adjust([.. equivalences.Select(q => q?.P)]);
        return [.. reports.Select((r, i) => r.Difference is not { } d ? r
            : r with { AdjustedP = p[i], Verdict = Decide(r.Claim.Expects, Verdict.Of(d, equivalences[i], p[i], e[i]).Kind) })];
    }

    private static ClaimReport Figures(StudyPlan plan, Claim claim)
    {
        var (against, metric) = (claim.AgainstOf(plan.Arms[0].Name), claim.MetricOf(plan.Study));
        Dictionary<long, double> Values(string arm) => plan.Done.Where(d => d.Entry.Arm.Name == arm && d.Result.Counts && d.Result.Metrics.ContainsKey(metric))
            .ToDictionary(d => d.Entry.Seed, d => d.Result.Metrics[metric]);
        if (plan.Done.Any(d => d.Result.Counts) && !plan.Done.Any(d => d.Result.Metrics.ContainsKey(metric)))
            throw new InputException($"claim '{claim.Text}': no run of the study has the metric '{metric}'"
                + Names.Hint(metric, [.. plan.Done.SelectMany(d => d.Result.Metrics.Keys).Distinct()]));
        var (own, other) = (Values(claim.Arm), Values(against));
        long[] seeds = [.. own.Keys.Where(other.ContainsKey)];
        var report = new ClaimReport { Claim = claim, Against = against, Metric = metric, Verdict = ClaimVerdict.NotResolved };
        return seeds.Length == 0 ? report : report with
        {
            Mean = seeds.Average(s => own[s]),
            AgainstMean = seeds.Average(s => other[s]),
            Difference = PairedDifference.Of([.. seeds.Select(s => own[s])], [.. seeds.Select(s => other[s])]),
        };
    }

    private static ClaimVerdict Decide(ClaimDirection expects, VerdictKind shown) => (expects, shown) switch
    {
        (_, VerdictKind.NotResolved) => ClaimVerdict.NotResolved,
        (ClaimDirection.Equal, VerdictKind.Equivalent) or (ClaimDirection.Lower, VerdictKind.Lower) or (ClaimDirection.Higher, VerdictKind.Higher) => ClaimVerdict.Holds,
        (_, VerdictKind.Equivalent) => ClaimVerdict.Absent,
        _ => ClaimVerdict.Reversed,
    };
}
