using System.Text.Json;
using MoELab.Plugins;
using MoELab.Studies.Definition;
using MoELab.Studies.Races;
using MoELab.Studies.Running;

namespace MoELab.Studies;

/// <summary>Several runs at once, without a study's plan and folder: races over paired seeds, sweeps over values.</summary>
public static class LabRaces
{
    /// <summary>
    /// Trains every contender on the same seeds, each run in a process of its own, as many at once as there are cores, and
    /// compares them seed by seed. Runs are named <c>race-CONTENDER-sSEED</c>; contenders with the same name are labelled by the options that differ.
    /// </summary>
    /// <param name="lab">The lab that trains.</param>
    /// <param name="recipe">The recipe that all of them train; a name or path converts.</param>
    /// <param name="contenders">Balancers by name, <c>(name, options)</c>, or recipes. The others are compared with the first.</param>
    /// <param name="seeds">How many seeds, from the recipe's own upwards.</param>
    /// <param name="stop">Stops every run at its next step boundary; the race then ends as cancelled.</param>
    /// <exception cref="InputException">By the call: invalid recipe, or fewer than two contenders.</exception>
    /// <exception cref="RunException">By its task: a run failed.</exception>
    public static Task<RaceResult> Race(this Lab lab, Recipe recipe, IReadOnlyList<Arm> contenders, int seeds = 3, CancellationToken stop = default)
    {
        if (contenders.Count < 2 || seeds < 1)
            throw new InputException($"race: {contenders.Count} contenders on {seeds} seeds; expected at least two contenders and one seed");
        recipe = lab.Checked(recipe);
        var names = ArmLabels.Of([.. contenders.Select(c => (c.Name, c.Apply(recipe).InFull(lab.Plugins)))]);
        var entries = (from seed in Enumerable.Range(0, seeds)
                       from c in Enumerable.Range(0, contenders.Count)
                       let value = recipe.Training.Seed + seed
                       select new RaceEntry(names[c], $"race-{FileName(names[c])}-s{value}",
                           contenders[c].Apply(recipe).With("training.seed", value))).ToArray();
        Validate(lab, entries);
        return Run();

        async Task<RaceResult> Run()
        {
            var runs = await Together(lab, $"{recipe.Name}: {string.Join(", ", names)}", entries, stop).ConfigureAwait(false);
            return new RaceResult(names, [.. contenders.Select((_, c) => runs.Where((_, i) => i % contenders.Count == c).ToArray())]);
        }
    }

    /// <summary>Trains a recipe once for each value of one path, as many at once as there are cores. Runs are named <c>sweep-KEY-VALUE</c>.</summary>
    /// <param name="lab">The lab that trains.</param>
    /// <param name="recipe">The recipe that all of them train; a name or path converts.</param>
    /// <param name="path">The recipe path that varies, such as <c>balancer.kappa</c>.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The runs in the order of the values.</returns>
    /// <exception cref="InputException">A value is invalid: thrown by the call itself.</exception>
    /// <exception cref="RunException">A run failed: thrown by its task.</exception>
    public static Task<SweepResult> Sweep(this Lab lab, Recipe recipe, string path, params object[] values)
    {
        if (values.Length == 0)
            throw new InputException($"sweep of {path}: no values given; expected at least one");
        recipe = lab.Checked(recipe);
        var words = values.Select(v => v is string word ? word : JsonSerializer.Serialize(v, OptionsBinder.Json)).ToArray();
        var entries = values.Select((v, i) =>
            new RaceEntry(words[i], $"sweep-{FileName(path[(path.LastIndexOf('.') + 1)..])}-{FileName(words[i])}", recipe.With(path, v))).ToArray();
        Validate(lab, entries);
        return Run();

        async Task<SweepResult> Run() =>
            new(path, words, await Together(lab, $"{recipe.Name}: {path}", entries, CancellationToken.None).ConfigureAwait(false));
    }

    private static void Validate(Lab lab, IEnumerable<RaceEntry> entries)
    {
        foreach (var entry in entries)
            RecipeValidator.Validate(entry.Recipe, lab.Plugins);
    }

    private static async Task<Run[]> Together(Lab lab, string title, IReadOnlyList<RaceEntry> entries, CancellationToken stop)
    {
        using var training = StopScope.Join(stop);
        lab.Announce(entries.Select(e => e.Recipe));
        var places = Math.Max(1, Math.Min(Environment.ProcessorCount, entries.Count));
        // Every run has the same number of threads, because results depend on it.
        var threads = Math.Max(1, Environment.ProcessorCount / places);
        var group = new RunGroup(title, entries.Count);
        var all = group.Begin([.. entries.Select(e => e.Contender)], places, async (i, begun) =>
        {
            var run = lab.Last = lab.Launch(entries[i].Recipe.With("training.threads", threads), entries[i].Name, group.Preparing);
            begun(run);
            using var registration = training.Stop.Register(run.Stop);
            await run.Completion.ConfigureAwait(false);
        }, training.Stop);
        RunGroups.Of(lab).Begin(group);
        await all.ConfigureAwait(false);
        return [.. group.Runs];
    }

    private static string FileName(string text) =>
        new string([.. text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]).Trim('-', '.');

    private sealed record RaceEntry(string Contender, string Name, Recipe Recipe);
}
