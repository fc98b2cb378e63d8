using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab;

/// <summary>Runs that train side by side, a few at a time, each in a process of its own.</summary>
public sealed class Race
{
    private readonly Lock _gate = new();
    private readonly SortedList<int, (string Contender, Run Run)> _runs = [];

    internal Race(string title, int total) => (Title, Total) = (title, total);

    /// <summary>What is raced, for a chart.</summary>
    public string Title { get; }

    /// <summary>How many runs there will be.</summary>
    public int Total { get; }

    /// <summary>The runs that have begun, in the order in which they were asked for.</summary>
    public IReadOnlyList<Run> Runs
    {
        get
        {
            lock (_gate)
                return [.. _runs.Values.Select(r => r.Run)];
        }
    }

    /// <summary>The same, each with whose it is.</summary>
    internal IReadOnlyList<(string Contender, Run Run)> Begun
    {
        get
        {
            lock (_gate)
                return [.. _runs.Values];
        }
    }

    /// <summary>What its first runs say before they have folders.</summary>
    internal RunStart Preparing { get; } = new("");

    /// <summary>Contenders, or the values of a sweep, in their order.</summary>
    internal IReadOnlyList<string> Contenders { get; private set; } = [];

    /// <summary>Ends when every run has ended; fails when one broke off.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    internal void Begin(Lab lab, IReadOnlyList<RaceEntry> entries, Func<string, Recipe, Run> launch, Run?[] into, CancellationToken stop)
    {
        foreach (var entry in entries)
            RecipeValidator.Validate(entry.Recipe, lab.Plugins);
        Contenders = [.. entries.Select(e => e.Contender).Distinct()];
        var places = Math.Max(1, Math.Min(Environment.ProcessorCount, entries.Count));
        // Every run on the same number of threads: results depend on it.
        var threads = Math.Max(1, Environment.ProcessorCount / places);
        Completion = Go(entries, launch, into, places, threads, stop);
    }

    private async Task Go(IReadOnlyList<RaceEntry> entries, Func<string, Recipe, Run> launch, Run?[] into, int places, int threads,
        CancellationToken stop)
    {
        var failures = new List<string>();
        await System.Threading.Tasks.Parallel.ForAsync(0, entries.Count, new ParallelOptions { MaxDegreeOfParallelism = places }, async (i, _) =>
        {
            if (stop.IsCancellationRequested)
                return;
            try
            {
                var run = launch(entries[i].Name, entries[i].Recipe.With("training.threads", threads));
                into[i] = run;
                lock (_gate)
                    _runs.Add(i, (entries[i].Contender, run));
                using var registration = stop.Register(run.Stop);
                await run.Completion.ConfigureAwait(false);
            }
            catch (RecipeException e)
            {
                lock (failures)
                    failures.Add(e.Message);
            }
        }).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (failures.Count > 0)
            throw new RunException($"{failures.Count} of {entries.Count} runs broke off; the first: {failures[0]}");
    }
}

/// <summary>One run of a race before it begins.</summary>
/// <param name="Contender">Whose it is.</param>
/// <param name="Name">The run's name.</param>
/// <param name="Recipe">What it trains.</param>
internal sealed record RaceEntry(string Contender, string Name, Recipe Recipe);
