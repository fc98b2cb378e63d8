using MoELab.Cells.Tables;
using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;
using MoELab.Views;
using MoELab.Views.Html;
using MoELab.Views.Studies;

namespace MoELab.Cells.StudyCells;

/// <summary>The displays of studies, their plans, reports and results.</summary>
internal static class StudyTable
{
    /// <summary>What a study is; nothing is planned for it, so it can be shown before it is complete.</summary>
    public static CellData Of(Study study)
    {
        var arms = study.Arms.Count == 0 ? study.Base.Name : string.Join(", ", study.Arms.Select(a => a.Name.Length > 0 ? a.Name : study.Base.Name));
        var rows = new List<object?[]>
        {
            new object?[] { "recipe", $"{study.Base.Name} ({study.Base.Hash()})" },
            new object?[] { "arms", arms },
            new object?[] { "seeds", string.Join(", ", study.EffectiveSeeds) },
            new object?[] { "budget", study.Budget?.ToString() ?? "the recipe's steps" },
            new object?[] { "metric", study.Metric },
        };
        rows.InsertRange(2, study.Grid.Select(g => (object?[])[g.Path, string.Join(", ", g.Values.Select(v => v?.ToJsonString() ?? "null"))]));
        if (study.Difference > 0)
            rows.Add(["difference", study.Difference]);
        var title = $"study '{study.Name}'{(study.Question.Length > 0 ? $": {study.Question}" : "")}";
        var table = CellTable.Table(["", "value"], rows);
        return CellData.Html(Markup.Of($"<p><b>{title}</b></p>{table.ToHtml()}").Html, title + "\n" + table.ToText(int.MaxValue));
    }

    /// <summary>The plan: its sentence, the arms, what differs between them, and the notes.</summary>
    public static CellData Of(StudyPlan plan)
    {
        var differences = plan.Differences is { Count: > 0 } rows
            ? CellTable.Scrolled(["path", .. plan.Arms.Select(a => a.Name)], [.. rows.Select(r => r.Select(v => v ?? "(not set)").ToArray())]) : null;
        var html = Markup.Of($"{Head(plan.Study)}<p>{plan.Statement()}</p>{CellTable.Scrolled(plan.Columns, plan.Rows)}{differences}{Notes(plan.Notes)}");
        return CellData.Html(html.Html, plan.ToString());
    }

    /// <summary>The report: its sentences, the arms, their differences as a picture, and the notes.</summary>
    public static CellData Of(StudyReport report)
    {
        var picture = report.Arms.Skip(1).Any(a => a.Difference is not null) ? report.Forest().Html(FigurePage.Output) : null;
        var html = Markup.Of($"{Head(report.Plan.Study)}<p>{report.Statement()}</p>{CellTable.Scrolled(report.Columns, report.Rows)}{picture}"
            + $"{Notes([.. report.Plan.Notes, .. report.Notes])}");
        return CellData.Html(picture is null ? html.Html : NotebookOutput.Live(html), report.ToString());
    }

    /// <summary>One line per run.</summary>
    public static CellData Of(IEnumerable<StudyResult> results)
    {
        var all = results.ToArray();
        string[] shown = [.. new[] { "eval_final/bits_per_byte", "eval/bits_per_byte", "eval/loss", "loss", "max_vio/mean" }
            .Where(m => all.Any(r => r.Metrics.ContainsKey(m)))];
        return CellTable.Of(["study", "arm", "seed", "state", .. shown, "steps", "seconds", "run"],
            [.. all.Select(r => (object?[])[r.Study, r.Arm, r.Seed, State(r),
                .. shown.Select(m => r.Metrics.TryGetValue(m, out var value) ? (object?)value : null), r.Steps, Math.Round(r.Seconds, 1), r.Run])],
            all.Length == 0 ? "no results" : null);
    }

    private static string State(StudyResult result) => result.Status switch
    {
        ResultStatus.Keep => "finished",
        ResultStatus.Crash => $"failed: {result.Reason}",
        _ => $"not counted: {result.Reason}",
    };

    private static Markup? Head(Study study) => study.Question.Length > 0 ? Markup.Of($"<p><b>{study.Question}</b></p>") : null;

    private static IEnumerable<Markup> Notes(IReadOnlyList<string> notes) => notes.Select(n => Markup.Of($"<p>note: {n}</p>"));
}
