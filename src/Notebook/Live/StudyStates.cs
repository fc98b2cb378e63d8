using MoELab.Runs.Reading;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Live;

/// <summary>The state of each run of a study: of those that this session trains from their folders, of earlier ones from the study's results.</summary>
/// <param name="plan">The plan as it was before this session's runs.</param>
/// <param name="runs">This session's runs.</param>
internal sealed class StudyStates(StudyPlan plan, GroupRuns runs)
{
    private readonly string _log = Path.Combine(plan.Folder, ResultLog.File);
    private readonly Dictionary<(string Arm, long Seed), StudyResult> _results = plan.Done.ToDictionary(d => (d.Entry.Arm.Name, d.Entry.Seed), d => d.Result);
    private readonly Dictionary<(string Arm, long Seed), string> _hashes = plan.Entries.ToDictionary(e => (e.Arm.Name, e.Seed), e => e.Hash);
    private readonly DateTime _began = DateTime.UtcNow;
    private long _length = -1;

    /// <summary>Runs that have ended, failed ones and those of earlier sessions among them.</summary>
    public int Ended => plan.Entries.Count(e => IsOver(e));

    /// <summary>Those of them that failed.</summary>
    public int Failed => plan.Entries.Count(e => Run(e) is { } run ? run.Done && run.Followed.Status != RunStatus.Finished : Result(e) is { Counts: false });

    /// <summary>Why runs of this session failed.</summary>
    public IEnumerable<string> Failures => _results.Values.Where(r => r.Written >= _began && !r.Counts)
        .Select(r => r.Reason.StartsWith("arm ", StringComparison.Ordinal) ? r.Reason : $"arm '{r.Arm}', seed {r.Seed}: {r.Reason}");

    /// <summary>How much of the study is trained, from 0 to 1.</summary>
    public double Share => plan.Entries.Sum(e => IsOver(e) ? 1 : Run(e)?.Share ?? 0) / Math.Max(1, plan.Entries.Count);

    /// <summary>
    /// Seconds that are left with as many runs at once as the plan has: of runs that train by their own speed, of others by earlier runs of the arm
    /// or, if there are none, by what trains now. Null while nothing is known.
    /// </summary>
    public double? SecondsLeft
    {
        get
        {
            double?[] left = [.. plan.Entries.Where(e => !IsOver(e)).Select(e => Run(e)?.Followed.SecondsLeft ?? Each(e.Arm))];
            return left.Length == 0 || left.Any(s => s is null) ? null : left.Sum(s => s!.Value) / Math.Max(1, Math.Min(plan.Processes, left.Length));
        }
    }

    /// <summary>Reads results that came since: a run that could not begin has no folder, and is told there alone.</summary>
    public void Read()
    {
        try
        {
            if (new FileInfo(_log) is not { Exists: true, Length: var length } || length == _length)
                return;
            _length = length;
            foreach (var row in ResultLog.Read(plan.Folder).Rows.Where(r => r.Written >= _began && _hashes.GetValueOrDefault((r.Arm, r.Seed)) == r.Recipe))
                _results[(row.Arm, row.Seed)] = row;
        }
        catch (Exception e) when (e is IOException or MoELabException)
        {
            // The next reading finds it, or the study itself tells of it.
        }
    }

    /// <summary>The state of a run in a word, its metric once it has finished, and the colour of both.</summary>
    public (string Text, string Class) Of(ResolvedArm arm, long seed)
    {
        var entry = plan.Entries.First(e => e.Arm == arm && e.Seed == seed);
        if (Run(entry) is not { } run)
            return Result(entry) switch
            {
                null => ("waiting", "wait"),
                { Counts: true } result => (Word(result.Metrics.GetValueOrDefault(plan.Study.Metric, double.NaN)), "good"),
                { Status: ResultStatus.Crash } => ("failed", "bad"),
                _ => ("not counted", "bad"),
            };
        return run.Followed.Status == RunStatus.Finished && !run.Gone ? (Word(Figure(run) ?? double.NaN), "good")
            : run.Done || run.Followed.Paused ? run.Chip
            : run.Followed is { Step: > 0, Steps: > 0 } ? (FormattableString.Invariant($"{Math.Floor(100 * run.Share):0} %"), "")
            : ("starting", "");
    }

    /// <summary>The mean of an arm's finished runs; empty where there is none.</summary>
    public string Mean(ResolvedArm arm)
    {
        double[] finished = [.. plan.Entries.Where(e => e.Arm == arm)
            .Select(e => Run(e) is { } run ? (run.Followed.Status == RunStatus.Finished ? Figure(run) : null)
                : Result(e) is { Counts: true } result && result.Metrics.TryGetValue(plan.Study.Metric, out var value) ? value : (double?)null)
            .OfType<double>().Where(double.IsFinite)];
        return finished.Length == 0 ? "" : Word(finished.Average());
    }

    private bool IsOver(StudyEntry entry) => Run(entry) is { } run ? run.Done : Result(entry) is not null;

    private GroupRun? Run(StudyEntry entry) => runs.All.LastOrDefault(r => r.Arm == entry.Arm.Name && r.Followed.Seed == entry.Seed);

    private StudyResult? Result(StudyEntry entry) => _results.GetValueOrDefault((entry.Arm.Name, entry.Seed));

    private double? Figure(GroupRun run) => plan.Study.Metric == "max_vio/peak"
        ? run.Followed.Metrics.Find("max_vio/mean")?.Max : run.Followed.Figure(plan.Study.Metric, exact: true);

    // Seconds of a whole run of an arm.
    private double? Each(ResolvedArm arm)
    {
        var known = plan.SecondsPerRun[plan.Arms.ToList().IndexOf(arm)];
        return known ?? (Seconds(runs.All.Where(r => r.Arm == arm.Name)) ?? Seconds(runs.All));
    }

    private static double? Seconds(IEnumerable<GroupRun> of)
    {
        double[] known = [.. of.Select(r => r.Followed.Metrics.Find("seconds/step") is { Count: > 0 } each
            ? each.Values.TakeLast(20).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average() * r.Followed.Steps : double.NaN).Where(double.IsFinite)];
        return known.Length == 0 ? null : known.Average();
    }

    private static string Word(double value) => double.IsNaN(value) ? "finished"
        : value.ToString(Math.Abs(value) < 1000 ? "0.0000" : "G6", CultureInfo.InvariantCulture);
}
