using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Studies.Running;

/// <summary>Reads a finished run into a line of results.</summary>
internal sealed class ResultRow(Lab lab, StudyPlan plan)
{
    private readonly Dictionary<string, string> _plugins = plan.Arms.ToDictionary(a => a.Name, a => a.Plugins(lab.Plugins));
    private readonly Dictionary<string, double> _flops = plan.Arms.ToDictionary(a => a.Name, a => StudyArms.FlopsPerToken(a.Recipe, lab.Plugins));

    /// <summary>The line of a run that finished: it counts if it logged the study's metric.</summary>
    public StudyResult Of(StudyEntry entry, Run finished)
    {
        var run = finished.Read();
        var metrics = run.Metrics.Names.Select(n => (Name: n, Value: RunFigures.Of(run, n))).Where(m => m.Value is not null)
            .OrderBy(m => m.Name, StringComparer.Ordinal).ToDictionary(m => m.Name, m => m.Value!.Value);
        if (run.Metrics.Find("max_vio/mean") is { } violation && double.IsFinite(violation.Max))
            metrics["max_vio/peak"] = violation.Max;
        var metric = plan.Study.Metric;
        var has = metrics.ContainsKey(metric);
        var tokens = metrics.GetValueOrDefault("tokens_total");
        return Begin(entry, finished) with
        {
            Status = has ? ResultStatus.Keep : ResultStatus.Discard,
            Reason = has ? "" : $"arm '{entry.Arm.Name}' does not log the metric '{metric}'{Names.Hint(metric, [.. metrics.Keys])}",
            Steps = run.Step,
            Tokens = tokens,
            Flops = tokens * _flops[entry.Arm.Name],
            Seconds = metrics.GetValueOrDefault("time"),
            Metrics = metrics,
            Curve = metric.StartsWith("eval", StringComparison.Ordinal) && run.Metrics.Find(metric) is { } column
                ? [.. column.Steps.Zip(column.Values, (s, v) => new[] { s, v }).Where(p => double.IsFinite(p[1]))] : [],
        };
    }

    /// <summary>The line of a run that failed.</summary>
    public StudyResult Crash(StudyEntry entry, Run? run, string reason)
    {
        var steps = run is not null && RunPaths.IsRun(run.FullPath) ? run.Step : 0;
        return Begin(entry, run) with { Status = ResultStatus.Crash, Reason = reason, Steps = steps };
    }

    private StudyResult Begin(StudyEntry entry, Run? run) => new()
    {
        Study = plan.Study.Name,
        Arm = entry.Arm.Name,
        Seed = entry.Seed,
        Run = run?.Name ?? "",
        Recipe = entry.Hash,
        ArmRecipe = entry.Arm.Hash,
        Plugins = _plugins[entry.Arm.Name],
        Code = RunEnvironment.CoreHash,
        Commit = RunEnvironment.GitCommit() ?? "",
        Processor = RunEnvironment.Processor(),
        Written = DateTime.UtcNow,
    };
}
