using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Studies.Running;

/// <summary>
/// Trains what a plan leaves. A run that finished without a line in the results gets one, a run that trains in another process is waited for, an
/// interrupted one is resumed, and only what does not exist is started: so a study that was killed goes on where it was.
/// </summary>
internal sealed class StudyRunner(Lab lab, StudyPlan plan, bool retry)
{
    // A process that dies twice dies of itself.
    private const int Attempts = 2;

    private readonly Lock _gate = new();
    private readonly ResultRow _rows = new(lab, plan);
    private string? _fatal;

    /// <summary>Trains; the task's result has what happened besides.</summary>
    /// <exception cref="InputException">Another process runs the study, or its folder cannot be written.</exception>
    /// <exception cref="RunException">By the task: the disk is full, or an arm does not log the study's metric.</exception>
    public async Task<IReadOnlyList<string>> Run(CancellationToken stop)
    {
        using var held = StudyFolder.Hold(plan);
        using var training = StopScope.Join(stop);
        using var fatal = CancellationTokenSource.CreateLinkedTokenSource(training.Stop);
        var left = plan.Entries.Where(e => plan.Done.All(d => !ReferenceEquals(d.Entry, e) || (retry && d.Result.Status != ResultStatus.Keep))).ToArray();
        var group = new RunGroup(plan.Study.Name, left.Length) { Plan = plan };
        var notes = new List<string>();
        var work = group.Begin([.. left.Select(e => e.Arm.Name)], plan.Processes, async (i, begun) =>
        {
            try
            {
                if (await Train(left[i], group.Preparing, begun, fatal.Token).ConfigureAwait(false) is { } note)
                    lock (_gate)
                        notes.Add(note);
            }
            catch (MoELabException e) when (IsOfDisk(e))
            {
                lock (_gate)
                    _fatal ??= e.Message;
                await fatal.CancelAsync().ConfigureAwait(false);
            }
            if (_fatal is not null)
                await fatal.CancelAsync().ConfigureAwait(false);
        }, fatal.Token);
        if (left.Length > 0)
            RunGroups.Of(lab).Begin(group);
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_fatal is not null)
        {
            // Told below.
        }
        return _fatal is null ? notes : throw new RunException($"study '{plan.Study.Name}' has stopped: {_fatal}");
    }

    private async Task<string?> Train(StudyEntry entry, IProgress<string> progress, Action<Run> begun, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = Find(entry);
            if (found is { Status: RunStatus.Finished })
            {
                begun(found);
                return Record(entry, found);
            }
            if (found is { Status: RunStatus.Failed } && attempt == 1 && !retry)
                return Crash(entry, found, found.Read().Events.LastOrDefault(e => e.Kind == Runs.Log.EventKind.Error)?.Message ?? "it failed");
            if (stop.IsCancellationRequested)
                return null;
            Run? run = null;
            try
            {
                run = found switch
                {
                    null => TrainingProcess.Start(lab, entry.Recipe, entry.RunName, null, progress),
                    { Status: RunStatus.Running } => found,
                    _ => TrainingProcess.Resume(lab, found.FullPath, DamagedRows.Refuse, trust: false),
                };
                begun(run);
                using var registration = stop.Register(run.Stop);
                await run.Completion.ConfigureAwait(false);
            }
            catch (MoELabException e)
            {
                var status = run is not null && RunPaths.IsRun(run.FullPath) ? run.Status : (RunStatus?)null;
                if (IsOfDisk(e))
                    throw;
                if (attempt < Attempts && status == RunStatus.Interrupted && !stop.IsCancellationRequested)
                    continue;
                return Crash(entry, run, e.Message);
            }
            if (run.Status == RunStatus.Finished)
                return Record(entry, run);
            return stop.IsCancellationRequested ? null
                : $"run '{run.Name}' was stopped before its end, after step {run.Step}; the study's next run resumes it";
        }
    }

    private string? Record(StudyEntry entry, Run run)
    {
        var row = _rows.Of(entry, run);
        ResultLog.Append(plan.Folder, row);
        // A study whose metric is missing would train for nothing.
        if (row.Status == ResultStatus.Discard)
            lock (_gate)
                _fatal ??= row.Reason;
        return null;
    }

    private string Crash(StudyEntry entry, Run? run, string reason)
    {
        ResultLog.Append(plan.Folder, _rows.Crash(entry, run, reason));
        return $"arm '{entry.Arm.Name}', seed {entry.Seed}: {reason}";
    }

    // The newest run with this recipe under the entry's name, trained by this version.
    private Run? Find(StudyEntry entry)
    {
        if (!Directory.Exists(lab.RunsDirectory))
            return null;
        return Directory.EnumerateDirectories(lab.RunsDirectory, entry.RunName + "*")
            .Where(d => RunPaths.IsRun(d) && IsName(Path.GetFileName(d), entry.RunName))
            .OrderByDescending(Directory.GetLastWriteTimeUtc)
            .Where(d => RunReader.Open(d) is var run && run.RecipeOrNull?.Hash() == entry.Hash && IsOfThisVersion(run))
            .Select(d => new Run(d, lab)).FirstOrDefault();
    }

    // Core and plugins, the kernel that 'auto' took among them, are those of now.
    private bool IsOfThisVersion(RunReader run) => run.Environment["core_hash"]?.ToString() == RunEnvironment.CoreHash
        && run.Environment["plugins"] is JsonArray used && used.All(p => lab.Plugins.Versions.Any(v => v.Id == p?["id"]?.ToString()));

    private static bool IsName(string folder, string name) => folder == name
        || (folder.StartsWith(name + "-", StringComparison.Ordinal) && int.TryParse(folder.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    // Another process tells of it in words alone.
    private static bool IsOfDisk(Exception e) => DiskError.Is(e) || (e.InnerException is { } inner && IsOfDisk(inner))
        || e.Message.Contains("No space left", StringComparison.Ordinal);
}
