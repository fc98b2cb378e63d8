using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab;

/// <summary>Runs that train side by side, a few at a time, each in a process of its own.</summary>
public sealed class Race
{
    private readonly Lock _gate = new();
    private readonly List<Run> _runs = [];

    internal Race(string title, int total) => (Title, Total) = (title, total);

    /// <summary>What is raced, for a chart.</summary>
    public string Title { get; }

    /// <summary>How many runs there will be.</summary>
    public int Total { get; }

    /// <summary>The runs that have begun.</summary>
    public IReadOnlyList<Run> Runs
    {
        get
        {
            lock (_gate)
                return [.. _runs];
        }
    }

    /// <summary>Ends when every run has ended; fails when one broke off.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    internal void Begin(Lab lab, IReadOnlyList<(string Name, Recipe Recipe)> entries, Func<string, Recipe, Run> launch, Run?[] into, CancellationToken stop)
    {
        foreach (var (_, recipe) in entries)
            RecipeValidator.Validate(recipe, lab.Plugins);
        var places = Math.Max(1, Math.Min(Environment.ProcessorCount, entries.Count));
        // Every run on the same number of threads: results depend on it.
        var threads = Math.Max(1, Environment.ProcessorCount / places);
        Completion = Go(entries, launch, into, places, threads, stop);
    }

    private async Task Go(IReadOnlyList<(string Name, Recipe Recipe)> entries, Func<string, Recipe, Run> launch, Run?[] into, int places, int threads, CancellationToken stop)
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
                    _runs.Add(run);
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
