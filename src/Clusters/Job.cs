using MoELab.Clusters.Jobs;
using MoELab.Clusters.Launching;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;

namespace MoELab.Clusters;

/// <summary>A run that a scheduler trains: its place in the queue, and the run as soon as it has a folder.</summary>
public sealed class Job
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly JobRecord _record;
    private readonly Lab _lab;
    private readonly ILauncher _launcher;

    internal Job(JobRecord record, Lab lab) => (_record, _lab, _launcher) = (record, lab, Launchers.Of(record.Launcher));

    /// <summary>The name of the job and of its run.</summary>
    public string Name => _record.Name;

    /// <summary>The scheduler's number of the job.</summary>
    public string Id => _record.Id;

    /// <summary>The cluster's name.</summary>
    public string Cluster => _record.Cluster;

    /// <summary>When it was submitted, UTC.</summary>
    public DateTime Submitted => DateTime.Parse(_record.Submitted, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    /// <summary>The file with what its script and its processes print.</summary>
    public string Output => Path.Combine(Folder, JobRecord.Output);

    /// <summary>The run; null as long as it has no folder.</summary>
    public Run? Run => RunPaths.IsRun(RunFolder) ? new Run(RunFolder, _lab) : null;

    private string Folder => Path.Combine(_lab.RunsDirectory, JobRecord.Folder, Name);

    private string RunFolder => Path.Combine(_lab.RunsDirectory, Name);

    /// <summary>What the scheduler says now.</summary>
    /// <exception cref="RunException">It does not answer.</exception>
    public JobState State() => _launcher.State(_record);

    /// <summary>Waits until the run has a folder, and attaches to it.</summary>
    /// <param name="timeout">How long at most; null: as long as the queue takes.</param>
    /// <param name="cancel">Ends the wait, not the job.</param>
    /// <exception cref="RunException">The job ended before, or the time is over; the sentence has the scheduler's reason.</exception>
    public async Task<Run> Started(TimeSpan? timeout = null, CancellationToken cancel = default)
    {
        await Begun(timeout, null, cancel).ConfigureAwait(false);
        return _lab.Attach(RunFolder);
    }

    /// <summary>Waits until the run has finished or stopped, over all restarts of the job.</summary>
    /// <exception cref="RunException">The job ended before that; the sentence names the last step and where the output is.</exception>
    public async Task Completion(CancellationToken cancel = default)
    {
        await Begun(null, null, cancel).ConfigureAwait(false);
        while (true)
        {
            var state = State();
            var status = RunReader.Open(RunFolder).Status;
            if (status is RunStatus.Finished || (state.Phase == JobPhase.Ended && status is RunStatus.Stopped))
                return;
            if (state.Phase == JobPhase.Ended)
                throw new RunException($"{Sentence(state)} after step {RunReader.Open(RunFolder).Step}: {LastWords()}; run.Resume() resumes it here");
            await Task.Delay(Pause, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the job: its run finishes its step and saves a checkpoint. A job that waits leaves the queue.</summary>
    /// <exception cref="InputException">It cannot be reached from here.</exception>
    public void Cancel() => _launcher.Cancel(_record);

    /// <summary>The job in a sentence: <c>job 12 on 'gpu' (run 'long'): queued, position 3 (Resources)</c>.</summary>
    public override string ToString()
    {
        try
        {
            return $"job {Id} on '{Cluster}' (run '{Name}'): {State()}";
        }
        catch (RunException e)
        {
            return $"job {Id} on '{Cluster}' (run '{Name}'): {e.Message}";
        }
    }

    /// <summary>Waits until the run has a folder, and reports what the job does until then.</summary>
    internal async Task Begun(TimeSpan? timeout, IProgress<string>? progress, CancellationToken cancel)
    {
        var end = timeout is { } time ? DateTime.UtcNow + time : DateTime.MaxValue;
        for (var ended = false; !RunPaths.IsRun(RunFolder);)
        {
            var state = State();
            progress?.Report($"job {Id} on '{Cluster}': {state}");
            // Once more after the end, because the folder may appear on this node a little later.
            if (state.Phase == JobPhase.Ended && ended)
                throw new RunException($"{Sentence(state)} before its run began: {LastWords()}");
            ended = state.Phase == JobPhase.Ended;
            if (DateTime.UtcNow > end)
                throw new RunException(FormattableString.Invariant(
                    $"job {Id} on '{Cluster}' has not begun within {timeout!.Value.TotalSeconds:0} s: {state}; it stays where it is, job.Cancel() takes it away"));
            await Task.Delay(Pause, cancel).ConfigureAwait(false);
        }
    }

    private string Sentence(JobState state) => $"job {Id} on '{Cluster}' has {state}";

    private string LastWords()
    {
        if (!File.Exists(Output))
            return $"it has left no output; expected '{Output}', so check whether its nodes see that folder";
        var line = File.ReadLines(Output).LastOrDefault(l => l.Length > 0 && !l.StartsWith("slurmstepd", StringComparison.Ordinal)) ?? "no output";
        return $"{line.TrimEnd('.')} ({Output})";
    }
}
