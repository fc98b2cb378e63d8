using MoELab.Plugins;
using MoELab.Recipes.Lengths;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Studies.Definition;
using MoELab.Studies.Results;
using MoELab.Training.Metrics;

namespace MoELab.Studies.Planning;

/// <summary>Plans a study: checks it, looks up what is finished, and estimates the rest.</summary>
public static class StudyPlanner
{
    private const int RunsLookedAt = 40;

    /// <summary>The folder of a study's results under a directory of runs.</summary>
    public static string FolderOf(string runs, string study) => Path.Combine(runs, "studies", study);

    /// <summary>Plans a study. Nothing is trained and nothing written.</summary>
    /// <param name="study">The study.</param>
    /// <param name="runs">The directory of runs.</param>
    /// <param name="catalog">The available plugins.</param>
    /// <param name="anyCode">Whether runs that another version of the program trained count as finished.</param>
    /// <exception cref="InputException">What would make the study worthless: see <c>StudyGuards</c>.</exception>
    public static StudyPlan Plan(Study study, string runs, PluginCatalog catalog, bool anyCode = false)
    {
        RunPaths.CheckName(study.Name);
        OptionsBinder.Validate(study, "");
        var folder = FolderOf(runs, study.Name);
        var log = ResultLog.Read(folder);
        var speed = StudySpeed.Read(folder);
        var arms = StudyArms.Of(study, catalog, r => speed.SecondsPerStep(r));
        StudyGuards.Check(study, arms);
        StudyEntry[] entries = [.. from seed in study.EffectiveSeeds from arm in arms
                                   select new StudyEntry(arm, seed, FormattableString.Invariant($"{study.Name}-{arm.FileName}-s{seed}"))];
        var plugins = arms.ToDictionary(a => a.Name, a => a.Plugins(catalog));
        var done = entries.Select(e => (Entry: e, Result: log.Rows.LastOrDefault(r => r.Recipe == e.Hash
            && (anyCode || (r.Code == RunEnvironment.CoreHash && r.Plugins == plugins[e.Arm.Name]))))).Where(d => d.Result is not null).ToArray();
        RequireOwn(study, folder, arms, log);
        var noise = StudyNoise.Find(study, arms[0], runs);
        var processes = study.Processes > 0 ? study.Processes : Math.Max(1, Environment.ProcessorCount / study.Threads);
        return new StudyPlan
        {
            Study = study,
            Runs = runs,
            AnyCode = anyCode,
            Folder = folder,
            Arms = arms,
            Entries = entries,
            Done = done!,
            SecondsPerRun = Times(arms, log, runs, catalog),
            Processes = Math.Min(processes, entries.Length),
            Bytes = entries.Except(done.Select(d => d.Entry)).Sum(e => BytesOf(e.Recipe, catalog)),
            Noise = noise,
            Notes = [.. noise is null ? Array.Empty<string>() : [noise.Sentence(study)], .. Notes(study, arms, entries, log, done.Select(d => d.Result!).ToArray(), anyCode)],
        };
    }

    /// <summary>
    /// The plan of a study whose results are given: they are matched by arm and seed, whatever version of the program trained them, and nothing is
    /// looked up in a directory of runs.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="results">Its results.</param>
    /// <param name="runs">The directory of runs.</param>
    /// <param name="catalog">The available plugins.</param>
    /// <exception cref="InputException">What would make the study worthless, or results of an arm that the study does not have.</exception>
    public static StudyPlan Recorded(Study study, IReadOnlyList<StudyResult> results, string runs, PluginCatalog catalog)
    {
        // A directory without results: the plan's own would be those of other runs.
        var plan = Plan(study, Path.Combine(runs, "none"), catalog);
        if (results.FirstOrDefault(r => !plan.Arms.Any(a => a.Name == r.Arm)) is { } foreign)
            throw new InputException($"study '{study.Name}': its recorded results have an arm '{foreign.Arm}', which the study does not have; "
                + "expected the study that was recorded");
        var done = plan.Entries.Select(e => (Entry: e, Result: results.LastOrDefault(r => r.Arm == e.Arm.Name && r.Seed == e.Seed)))
            .Where(d => d.Result is not null).ToArray();
        var changed = plan.Arms.Where(a => done.Any(d => d.Entry.Arm == a && d.Result!.ArmRecipe != a.Hash)).Select(a => $"'{a.Name}'").ToArray();
        return plan with
        {
            Runs = runs,
            Done = done!,
            Notes = changed.Length == 0 ? [] : [$"recorded with other recipes than this version makes of the arms {string.Join(", ", changed)}."],
        };
    }

    /// <summary>Looks up again what is finished.</summary>
    internal static StudyPlan Again(StudyPlan plan, PluginCatalog catalog) => Plan(plan.Study, plan.Runs, catalog, plan.AnyCode);

    private static void RequireOwn(Study study, string folder, IReadOnlyList<ResolvedArm> arms, ResultLog log)
    {
        if (log.Rows.Count == 0 || log.Rows.Any(r => arms.Any(a => a.Hash == r.ArmRecipe || a.Name == r.Arm)))
            return;
        throw new InputException($"study '{study.Name}': its folder '{folder}' has {log.Rows.Count} results of another study "
            + $"(arms {string.Join(", ", log.Rows.Select(r => $"'{r.Arm}'").Distinct().Take(4))}), and none of an arm of this one; "
            + "expected another name for this study, or move that folder away");
    }

    private static IEnumerable<string> Notes(Study study, IReadOnlyList<ResolvedArm> arms, StudyEntry[] entries, ResultLog log,
        StudyResult[] done, bool anyCode)
    {
        if (study.EffectiveSeeds.Count == 1 && arms.Count > 1)
            yield return "one seed gives no interval: differences may be seed noise.";
        if (done.Count(r => r.Status == ResultStatus.Crash) is > 0 and var crashed)
            yield return $"{crashed} of the finished runs failed; they count as failed until they are tried again.";
        var stale = log.Rows.Count(r => entries.Any(e => e.Hash == r.Recipe) && !done.Contains(r));
        if (stale > 0 && !anyCode)
            yield return $"{stale} results are of other versions of the program or its plugins, and are not used; they stay in the log.";
        if (done.Select(r => r.Code).Distinct().Count() > 1)
            yield return "the results are of several versions of the program.";
        if (log.Damaged.Count > 0)
            yield return $"line {string.Join(", ", log.Damaged)} of {log.Path} cannot be read, and is left out.";
        if (study.Budget is { Unit: BudgetUnit.Seconds })
            yield return "a budget of time gives the steps that this machine reaches in it, measured before the first run; another machine gets others.";
    }

    // From runs of the arm; else from the FLOPs and the rate of what ran here.
    private static double?[] Times(IReadOnlyList<ResolvedArm> arms, ResultLog log, string runs, PluginCatalog catalog)
    {
        var here = log.Rows.Where(r => r.Processor == RunEnvironment.Processor() && r.Seconds > 0 && r.Counts).ToArray();
        double? Own(ResolvedArm arm) => here.Where(r => r.ArmRecipe == arm.Hash).Select(r => (double?)r.Seconds).DefaultIfEmpty().Average();
        if (arms.Select(Own).ToArray() is var own && own.All(t => t is not null))
            return own;
        var rate = here.Length > 0 ? here.Average(r => r.Flops / r.Seconds) : RateOf(arms[0].Recipe, runs, catalog);
        return [.. arms.Select((a, i) => own[i]
            ?? (rate is { } r ? StudyArms.FlopsPerToken(a.Recipe, catalog) * new TrainingTimeline(a.Recipe.Training).TotalTokens / r : null))];
    }

    // FLOPs per second of the newest run of about this kind.
    private static double? RateOf(Recipe recipe, string runs, PluginCatalog catalog)
    {
        if (!Directory.Exists(runs))
            return null;
        foreach (var folder in new DirectoryInfo(runs).EnumerateDirectories().Where(d => RunPaths.IsRun(d.FullName))
            .OrderByDescending(d => d.LastWriteTimeUtc).Take(RunsLookedAt))
        {
            try
            {
                var run = RunReader.Open(folder.FullName);
                if (run.Status == RunStatus.Finished && run.RecipeOrNull is { } other && other.Model == recipe.Model && other.Training.Threads == recipe.Training.Threads
                    && RunFigures.Of(run, "tokens_per_second") is { } speed)
                    return speed * StudyArms.FlopsPerToken(other, catalog);
            }
            catch (InputException)
            {
                // A damaged run says nothing about speed.
            }
        }
        return null;
    }

    private static double BytesOf(Recipe recipe, PluginCatalog catalog)
    {
        var cost = catalog.Cost(recipe);
        var (t, m) = (recipe.Training, recipe.Model);
        // Gradients are not saved; a row of the log is about two kilobytes.
        var checkpoints = Math.Min(t.KeepCheckpoints, 2) * (cost.StateBytes - (4.0 * cost.TotalParameters));
        return checkpoints + (t.Steps * (2000.0 + (4.0 * m.MoELayers * m.RouterColumns)));
    }
}
