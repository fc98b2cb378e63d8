using MoELab.Recipes.Lengths;
using MoELab.Runs.Export;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Studies.Reports;

/// <summary>What a study shows: every arm's figures, its difference from the first arm over shared seeds, and a verdict.</summary>
public sealed class StudyReport
{
    private readonly Dictionary<string, IReadOnlyList<ArmReport>> _byMetric = [];

    internal StudyReport(StudyPlan plan) => (Plan, Arms) = (plan, StudyComparison.Of(plan, plan.Study.Metric));

    /// <summary>The study and the state of its runs.</summary>
    public StudyPlan Plan { get; }

    /// <summary>The arms by the study's metric; the first is what the others are compared with.</summary>
    public IReadOnlyList<ArmReport> Arms { get; }

    /// <summary>The study's claims, and what its runs say about each.</summary>
    public IReadOnlyList<ClaimReport> Claims => field ??= StudyClaims.Of(Plan);

    /// <summary>What happened while the study ran: runs that failed or were stopped.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Every result.</summary>
    public IReadOnlyList<StudyResult> Results => [.. Plan.Done.Select(d => d.Result)];

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => ["arm", "runs", "failed", "mean", "sd", "difference", "95 % low", "95 % high", "p (Holm)", "verdict"];

    /// <summary>Columns of <see cref="ClaimRows"/>.</summary>
    public IReadOnlyList<string> ClaimColumns => ["claim", "published", "here", "metric", "verdict"];

    /// <summary>One row per claim.</summary>
    public IReadOnlyList<object?[]> ClaimRows => [.. Claims.Select(c => (object?[])[c.Claim.Text, c.Claim.Published, c.Ours(), StudySentences.Title(c.Metric), c.Words])];

    /// <summary>One row per arm, by the study's metric.</summary>
    public IReadOnlyList<object?[]> Rows => [.. Arms.Select(Row)];

    /// <summary>The arms by another metric, with difference and interval; the correction is over the arms, not over metrics.</summary>
    /// <exception cref="InputException">No run of the study logs the metric.</exception>
    public IReadOnlyList<ArmReport> By(string metric)
    {
        if (_byMetric.TryGetValue(metric, out var known))
            return known;
        if (!Results.Any(r => r.Metrics.ContainsKey(metric)))
            throw new InputException($"metric '{metric}': no run of the study has it{Names.Hint(metric, [.. Results.SelectMany(r => r.Metrics.Keys).Distinct()])}");
        return _byMetric[metric] = StudyComparison.Of(Plan, metric);
    }

    /// <summary>The rows of <see cref="By"/>.</summary>
    public IReadOnlyList<object?[]> RowsBy(string metric) => [.. By(metric).Select(Row)];

    /// <summary>What the study shows, in sentences that say scale, seeds, hours and test.</summary>
    public string Statement() => StudySentences.Of(this);

    /// <summary>The statement, the table and the notes as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Plan.Study.Question.Length > 0)
            text.AppendLine(Plan.Study.Question);
        text.AppendLine(Statement()).AppendLine().AppendLine(TextTable.Of(Columns, Rows));
        foreach (var claim in Claims)
            text.AppendLine().Append(claim.Claim.Text).Append(": ").Append(claim.Words).Append(" (").Append(claim.Ours()).AppendLine(")");
        foreach (var note in Plan.Notes.Concat(Notes))
            text.AppendLine().Append("note: ").Append(note).AppendLine();
        return text.ToString().TrimEnd();
    }

    /// <summary>Every result as CSV: one line per run, with all metrics.</summary>
    public string ToCsv() => Csv(Results);

    /// <summary>Results as CSV: one line per run, with all metrics.</summary>
    public static string Csv(IReadOnlyList<StudyResult> results)
    {
        var metrics = results.SelectMany(r => r.Metrics.Keys).Distinct().Order(StringComparer.Ordinal).ToArray();
        string[] columns =
        [
            "study", "arm", "seed", "status", "reason", "run", "recipe", "arm_recipe", "plugins", "code", "commit", "processor", "steps", "tokens", "flops",
            "seconds", "written",
        ];
        var lines = results.Select(r => ((string[])[
            r.Study, r.Arm, Text(r.Seed), OptionsBinder.Word(typeof(ResultStatus), r.Status.ToString()), r.Reason, r.Run, r.Recipe, r.ArmRecipe, r.Plugins, r.Code,
            r.Commit, r.Processor, Text(r.Steps), Text(r.Tokens), Text(r.Flops), Text(r.Seconds), r.Written.ToString("O", CultureInfo.InvariantCulture)])
            .Concat(metrics.Select(m => r.Metrics.TryGetValue(m, out var v) ? Text(v) : "")));
        return string.Concat(lines.Prepend(columns.Concat(metrics)).Select(l => string.Join(',', l.Select(RunExport.Quote)) + "\n"));
    }

    internal string Scale()
    {
        var training = Plan.Arms[0].Recipe.Training;
        var tokens = new TrainingTimeline(training).TotalTokens;
        var hours = Results.Sum(r => r.Seconds) / 3600;
        return FormattableString.Invariant(
            $"{Plan.Study.Base.Name}, {training.Steps:#,0} steps and {tokens / 1e6:0.###}M tokens per run, {hours:0.00} hours of training in all");
    }

    /// <summary>An arm as a row of <see cref="Columns"/>.</summary>
    internal static object?[] Row(ArmReport a) =>
    [
        a.Arm, (long)a.Values.Count, (long)a.Failed, a.Spread?.Mean, a.Spread?.StandardDeviation, a.Difference?.Mean, a.Difference?.Interval?.Low,
        a.Difference?.Interval?.High, a.AdjustedP, a.Verdict?.Words,
    ];

    private static string Text(IFormattable value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
