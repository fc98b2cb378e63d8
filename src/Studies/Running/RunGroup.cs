using MoELab.Studies.Planning;

namespace MoELab.Studies.Running;

/// <summary>Runs that train side by side, a few at a time, each in its own process: a study's, a race's or a sweep's.</summary>
public sealed class RunGroup
{
    private readonly Lock _gate = new();
    private readonly SortedList<int, (string Arm, Run Run)> _runs = [];

    internal RunGroup(string title, int total) => (Title, Total) = (title, total);

    /// <summary>The title in charts.</summary>
    public string Title { get; }

    /// <summary>How many runs there will be.</summary>
    public int Total { get; }

    /// <summary>The plan of a study as it was before these runs; null for a race or a sweep.</summary>
    internal StudyPlan? Plan { get; init; }

    /// <summary>The runs that have started, in the order requested.</summary>
    public IReadOnlyList<Run> Runs => [.. Begun.Select(r => r.Run)];

    /// <summary>The runs that have started, each with its arm.</summary>
    internal IReadOnlyList<(string Arm, Run Run)> Begun
    {
        get
        {
            lock (_gate)
                return [.. _runs.Values];
        }
    }

    /// <summary>The latest message of a run that has no folder yet.</summary>
    internal RunStart Preparing { get; } = new("");

    /// <summary>Arms, or the values of a sweep, in their order.</summary>
    internal IReadOnlyList<string> Arms { get; private set; } = [];

    /// <summary>Completes when every run has ended; fails if one of them failed.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Trains the runs: <paramref name="train"/> gets a run's index and reports the run as soon as it has a folder.</summary>
    /// <param name="arms">The arm of each run.</param>
    /// <param name="places">Runs that train at once.</param>
    /// <param name="train">Trains one run to its end.</param>
    /// <param name="stop">No further run begins after it.</param>
    internal Task Begin(IReadOnlyList<string> arms, int places, Func<int, Action<Run>, Task> train, CancellationToken stop)
    {
        Arms = [.. arms.Distinct()];
        return Completion = Go(arms, places, train, stop);
    }

    private async Task Go(IReadOnlyList<string> arms, int places, Func<int, Action<Run>, Task> train, CancellationToken stop)
    {
        var failures = new List<string>();
        await System.Threading.Tasks.Parallel.ForAsync(0, arms.Count, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, places) }, async (i, _) =>
        {
            if (stop.IsCancellationRequested)
                return;
            try
            {
                await train(i, run =>
                {
                    lock (_gate)
                        _runs[i] = (arms[i], run);
                }).ConfigureAwait(false);
            }
            catch (MoELabException e)
            {
                lock (failures)
                    failures.Add(e.Message);
            }
        }).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (failures.Count > 0)
            throw new RunException($"{failures.Count} of {arms.Count} runs failed; the first: {failures[0]}");
    }
}
