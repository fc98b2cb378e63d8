using MoELab.Recipes.Lengths;
using MoELab.Runs.Folder;
using MoELab.Training.Steps;

namespace MoELab.Training.Checkpoints;

/// <summary>The checkpoint of another run that a run continues from: <c>training.start_from</c>.</summary>
internal sealed record StartingPoint(string Run, string Folder, int Step, CheckpointStore Store, JsonObject State)
{
    private const string Seed = "{seed}";

    // What a new run may set although a running one cannot change it: nothing of it shapes a tensor or names a text.
    private static readonly string[] AlsoFree =
        ["name", "kernel", "data.phases", "training.sequence_length", "training.needle_keys", "training.start_from", "training.ranks", "training.threads"];

    /// <summary>The recipe that the checkpoint was written under.</summary>
    public Recipe Recipe { get; } = TrainingCheckpoint.RecipeOf(Step, State);

    /// <summary>Whether the recipe names a run, which is the same in every directory of runs, and not a folder.</summary>
    public bool IsByName { get; private init; }

    /// <summary>Finds what a recipe names and checks that the recipe can continue it.</summary>
    /// <param name="recipe">The recipe; <c>{seed}</c> in its <c>training.start_from</c> stands for its seed.</param>
    /// <param name="runs">The directory of runs, in which a name is looked up.</param>
    /// <exception cref="InputException">No such checkpoint, it is damaged, or the recipe differs in what a run cannot change.</exception>
    public static StartingPoint Of(Recipe recipe, string runs)
    {
        var named = recipe.Training.StartFrom.Replace(Seed, recipe.Training.Seed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var isName = !Path.Exists(named) && named == Path.GetFileName(named) && RunPaths.IsRun(Path.Combine(runs, named));
        var start = At(isName ? Path.Combine(runs, named) : named) with { IsByName = isName };
        foreach (var path in start.Recipe.Diff(recipe).Select(d => d.Path))
        {
            if (!RunChanges.Allow(path) && !RunChanges.IsUnder(path, AlsoFree))
                throw new InputException($"{path}: differs from the recipe of {start.Folder}, which training.start_from continues; "
                    + "expected the same value");
        }
        if (recipe.Training.Steps <= start.Step)
            throw new InputException($"training.steps: {recipe.Training.Steps} is out of range; "
                + $"the run continues after step {start.Step} and counts on from there, expected more");
        return start;
    }

    /// <summary>A checkpoint by its folder, or the newest complete one of a run's folder.</summary>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public static StartingPoint At(string path)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (RunPaths.IsRun(folder))
        {
            var newest = new CheckpointStore(Path.Combine(folder, "checkpoints"));
            var whole = newest.NewestWhole((_, _) => { })
                ?? throw new InputException($"training.start_from: run '{Path.GetFileName(folder)}' has no complete checkpoint");
            return new StartingPoint(folder, newest.At(whole.Step), whole.Step, newest, whole.State);
        }
        var name = Path.GetFileName(folder);
        if (!File.Exists(Path.Combine(folder, "state.json")) || !name.StartsWith("step-", StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            || Path.GetDirectoryName(folder) is not { } checkpoints)
            throw new InputException($"training.start_from: '{path}' is not a checkpoint; expected a folder such as runs/NAME/checkpoints/step-100");
        var store = new CheckpointStore(checkpoints);
        return new StartingPoint(Path.GetDirectoryName(checkpoints) ?? checkpoints, folder, step, store, store.LoadState(step));
    }

    /// <summary>
    /// The recipe that the checkpoint's tensors fit: its own plugins, the new run's length and data mixture. What else the new run wants is a
    /// change after loading, which keeps of the state what can be kept.
    /// </summary>
    public Recipe RecipeToLoad(Recipe recipe) => recipe with
    {
        Router = Recipe.Router,
        Balancer = Recipe.Balancer,
        Losses = Recipe.Losses,
        Optimizer = Recipe.Optimizer,
    };

    /// <summary>The new run's timeline up to the checkpoint: what the run before read.</summary>
    public IReadOnlyList<TimelinePoint> Past(Recipe recipe) =>
        new TrainingTimeline(Recipe.Training, TrainingCheckpoint.Past(Step, State)).Continue(recipe.Training, Step + 1).Past;
}
