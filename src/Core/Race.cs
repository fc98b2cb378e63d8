namespace MoELab;

/// <summary>Runs that train side by side, a few at a time, each in its own process.</summary>
public sealed class Race
{
    private readonly Lock _gate = new();
    private readonly SortedList<int, (string Contender, Run Run)> _runs = [];

    internal Race(string title, int total) => (Title, Total) = (title, total);

    /// <summary>The title of the race in charts.</summary>
    public string Title { get; }

    /// <summary>How many runs there will be.</summary>
    public int Total { get; }

    /// <summary>The runs that have started, in the order requested.</summary>
    public IReadOnlyList<Run> Runs => [.. Begun.Select(r => r.Run)];

    /// <summary>The runs that have started, each with its contender.</summary>
    internal IReadOnlyList<(string Contender, Run Run)> Begun
    {
        get
        {
            lock (_gate)
                return [.. _runs.Values];
        }
    }

    /// <summary>The latest message of a run that has no folder yet.</summary>
    internal RunStart Preparing { get; } = new("");

    /// <summary>Contenders, or the values of a sweep, in their order.</summary>
    internal IReadOnlyList<string> Contenders { get; private set; } = [];

    /// <summary>Completes when every run has ended; fails if one of them failed.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the runs; the task's result has them in the order requested.</summary>
    internal Task<Run[]> Begin(IReadOnlyList<RaceEntry> entries, Func<string, Recipe, Run> launch, CancellationToken stop)
    {
        Contenders = [.. entries.Select(e => e.Contender).Distinct()];
        var all = Go(entries, launch, stop);
        Completion = all;
        return all;
    }

    private async Task<Run[]> Go(IReadOnlyList<RaceEntry> entries, Func<string, Recipe, Run> launch, CancellationToken stop)
    {
        var places = Math.Max(1, Math.Min(Environment.ProcessorCount, entries.Count));
        // Every run has the same number of threads, because results depend on it.
        var threads = Math.Max(1, Environment.ProcessorCount / places);
        var failures = new List<string>();
        await System.Threading.Tasks.Parallel.ForAsync(0, entries.Count, new ParallelOptions { MaxDegreeOfParallelism = places }, async (i, _) =>
        {
            if (stop.IsCancellationRequested)
                return;
            try
            {
                var run = launch(entries[i].Name, entries[i].Recipe.With("training.threads", threads));
                lock (_gate)
                    _runs.Add(i, (entries[i].Contender, run));
                using var registration = stop.Register(run.Stop);
                await run.Completion.ConfigureAwait(false);
            }
            catch (MoELabException e)
            {
                lock (failures)
                    failures.Add(e.Message);
            }
        }).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (failures.Count > 0)
            throw new RunException($"{failures.Count} of {entries.Count} runs failed; the first: {failures[0]}");
        return [.. Runs];
    }
}

/// <summary>One run of a race before it starts.</summary>
internal sealed record RaceEntry(string Contender, string Name, Recipe Recipe);
