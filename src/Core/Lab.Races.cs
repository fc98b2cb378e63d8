using System.Text.Json;
using MoELab.Plugins;

namespace MoELab;

// Several runs at once: races over paired seeds, sweeps over values.
public sealed partial class Lab
{
    /// <summary>Raised when a race or a sweep begins, once for all its runs, instead of <see cref="Opened"/> for each.</summary>
    public event Action<Race>? Raced;

    /// <summary>
    /// Trains every contender on the same seeds, each run in a process of its own, as many at once as there are cores, and
    /// compares them seed by seed. Runs are named <c>race-CONTENDER-sSEED</c>; contenders with the same name are labelled by the options that differ.
    /// </summary>
    /// <param name="recipe">The recipe that all of them train; a name or path converts.</param>
    /// <param name="contenders">Balancers by name, <c>(name, options)</c>, or recipes. The others are compared with the first.</param>
    /// <param name="seeds">How many seeds, from the recipe's own upwards.</param>
    /// <param name="stop">Stops every run at its next step boundary; the race then ends as cancelled.</param>
    /// <exception cref="InputException">By the call: invalid recipe, or fewer than two contenders.</exception>
    /// <exception cref="RunException">By its task: a run failed.</exception>
    public Task<RaceResult> Race(Recipe recipe, IReadOnlyList<Contender> contenders, int seeds = 3, CancellationToken stop = default)
    {
        if (contenders.Count < 2 || seeds < 1)
            throw new InputException($"race: {contenders.Count} contenders on {seeds} seeds; expected at least two contenders and one seed");
        recipe = Checked(recipe);
        var names = ContenderLabels.Of([.. contenders.Select(c => (c.Name, c.Apply(recipe).InFull(Plugins)))]);
        var entries = (from seed in Enumerable.Range(0, seeds)
                       from c in Enumerable.Range(0, contenders.Count)
                       let value = recipe.Training.Seed + seed
                       select new RaceEntry(names[c], $"race-{FileName(names[c])}-s{value}",
                           contenders[c].Apply(recipe).With("training.seed", value))).ToArray();
        Validate(entries);
        return Run();

        async Task<RaceResult> Run()
        {
            var runs = await Together($"{recipe.Name}: {string.Join(", ", names)}", entries, stop).ConfigureAwait(false);
            return new RaceResult(names, [.. contenders.Select((_, c) => runs.Where((_, i) => i % contenders.Count == c).ToArray())]);
        }
    }

    /// <summary>Trains a recipe once for each value of one path, as many at once as there are cores. Runs are named <c>sweep-KEY-VALUE</c>.</summary>
    /// <param name="recipe">The recipe that all of them train; a name or path converts.</param>
    /// <param name="path">The recipe path that varies, such as <c>balancer.kappa</c>.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The runs in the order of the values.</returns>
    /// <exception cref="InputException">A value is invalid: thrown by the call itself.</exception>
    /// <exception cref="RunException">A run failed: thrown by its task.</exception>
    public Task<SweepResult> Sweep(Recipe recipe, string path, params object[] values)
    {
        if (values.Length == 0)
            throw new InputException($"sweep of {path}: no values given; expected at least one");
        recipe = Checked(recipe);
        var words = values.Select(v => v is string word ? word : JsonSerializer.Serialize(v, OptionsBinder.Json)).ToArray();
        var entries = values.Select((v, i) =>
            new RaceEntry(words[i], $"sweep-{FileName(path[(path.LastIndexOf('.') + 1)..])}-{FileName(words[i])}", recipe.With(path, v))).ToArray();
        Validate(entries);
        return Run();

        async Task<SweepResult> Run() =>
            new(path, words, await Together($"{recipe.Name}: {path}", entries, CancellationToken.None).ConfigureAwait(false));
    }

    private void Validate(IEnumerable<RaceEntry> entries)
    {
        foreach (var entry in entries)
            RecipeValidator.Validate(entry.Recipe, Plugins);
    }

    private async Task<Run[]> Together(string title, IReadOnlyList<RaceEntry> entries, CancellationToken stop)
    {
        using var training = StopScope.Join(stop);
        Announce(entries.Select(e => e.Recipe));
        var race = new Race(title, entries.Count);
        var runs = race.Begin(entries, (name, recipe) => Last = Launch(recipe, name, race.Preparing), training.Stop);
        Raced?.Invoke(race);
        return await runs.ConfigureAwait(false);
    }

    private static string FileName(string text) =>
        new string([.. text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]).Trim('-', '.');
}
