using MoELab.Data.Preparation;
using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Training;

namespace MoELab;

/// <summary>The entry point: recipes, runs, plugins and data under one object. Cells, scripts and the command line all use it.</summary>
/// <param name="runs">The directory of runs; null uses <see cref="RunPaths.Default"/>.</param>
/// <param name="plugins">The available plugins; null discovers them.</param>
public sealed class Lab(string? runs = null, PluginCatalog? plugins = null)
{
    /// <summary>The directory of runs, a full path.</summary>
    public string RunsDirectory { get; } = runs is null ? RunPaths.Default : Path.GetFullPath(runs);

    /// <summary>The available plugins.</summary>
    public PluginCatalog Plugins { get; } = plugins ?? PluginCatalog.Discover();

    /// <summary>The run that this lab started, resumed or attached to last; set before its first step.</summary>
    public Run? Last { get; internal set; }

    /// <summary>
    /// Raised when a run is started, resumed or attached, before its first step is waited for, on the caller's thread or, for a run inside this
    /// process, on its training thread.
    /// </summary>
    public event Action<Run>? Opened;

    /// <summary>Raised when a run is about to start, before its data are prepared, on the caller's thread.</summary>
    internal event Action<RunStart>? Starting;

    /// <summary>Every run in the directory, newest first.</summary>
    public IReadOnlyList<Run> Runs =>
        new RunList(RunsDirectory, !Directory.Exists(RunsDirectory) ? [] : [.. new DirectoryInfo(RunsDirectory).EnumerateDirectories()
        .Where(d => RunPaths.IsRun(d.FullName)).OrderByDescending(d => d.LastWriteTimeUtc).Select(d => new Run(d.FullName, this))]);

    /// <summary>A preset by name, or a YAML file by path.</summary>
    /// <exception cref="InputException">No such preset and no such file.</exception>
    public Recipe Recipe(string nameOrPath) => Checked(Recipes.Recipe.Load(nameOrPath));

    /// <summary>Prepares a recipe's data, or opens data that were prepared before.</summary>
    public PreparedCorpus Data(Recipe recipe, IProgress<string>? progress = null) => PreparedCorpus.Prepare(recipe.Data, Plugins, progress);

    /// <summary>Starts a run in its own process and returns at once.</summary>
    /// <param name="recipe">The recipe; a name or path converts.</param>
    /// <param name="name">The run's name; null uses the recipe's. A taken name becomes <c>name-2</c>.</param>
    /// <exception cref="InputException">The recipe is invalid, the name cannot be a folder's, or the process did not start.</exception>
    public Run Start(Recipe recipe, string? name = null)
    {
        RunPaths.CheckName(name ?? recipe.Name);
        RecipeValidator.Validate(recipe, Plugins);
        Announce(recipe);
        var start = Begin(name ?? recipe.Name);
        try
        {
            return Open(start.Run = Launch(recipe, name, start));
        }
        finally
        {
            start.Failed = start.Run is null;
        }
    }

    /// <summary>Trains a recipe and waits for the end.</summary>
    /// <param name="recipe">The recipe; a name or path converts.</param>
    /// <param name="inProcess">True to train in this process, on its own thread (for breakpoints); false for a separate process.</param>
    /// <param name="name">The run's name; null uses the recipe's.</param>
    /// <param name="stop">Stops at the next step boundary; the run then returns normally with status stopped.</param>
    /// <exception cref="InputException">The recipe is invalid, or the name cannot be a folder's; thrown by the call itself, not by its task.</exception>
    public Task<Run> Train(Recipe recipe, bool inProcess = false, string? name = null, CancellationToken stop = default)
    {
        RunPaths.CheckName(name ?? recipe.Name);
        RecipeValidator.Validate(recipe, Plugins);
        return TrainChecked(recipe, inProcess, name, stop);
    }

    private async Task<Run> TrainChecked(Recipe recipe, bool inProcess, string? name, CancellationToken stop)
    {
        using var training = StopScope.Join(stop);
        if (!inProcess)
        {
            var run = Start(recipe, name);
            using var registration = training.Stop.Register(run.Stop);
            await run.Completion.ConfigureAwait(false);
            return run;
        }
        Announce(recipe);
        return await InThread(Begin(name ?? recipe.Name),
            start => Trainer.Create(PinnedPlugins.Pin(recipe, Plugins), Plugins, RunsDirectory, name, start), training.Stop).ConfigureAwait(false);
    }

    /// <summary>Attaches to a run by name or path, running or not.</summary>
    /// <exception cref="InputException">No such run; the message names the nearest one.</exception>
    public Run Attach(string run) => Open(new Run(RunPaths.Resolve(run, RunsDirectory), this));

    /// <summary>Resumes a run from its newest intact checkpoint, in its own process.</summary>
    /// <param name="run">The run, by name or path.</param>
    /// <param name="damaged">What to do with damaged rows in its logs.</param>
    /// <param name="trust">Whether plugins in its folder may run even if somebody else put them there.</param>
    /// <exception cref="InputException">No such run, it is in use, has damaged rows, or contains plugins that somebody else put there.</exception>
    public Run Resume(string run, DamagedRows damaged = DamagedRows.Refuse, bool trust = false) =>
        Open(TrainingProcess.Resume(this, RunPaths.Resolve(run, RunsDirectory), damaged, trust));

    /// <summary>A recipe that rejects plugins and options unknown to this lab at the call that names them.</summary>
    internal Recipe Checked(Recipe recipe) => recipe with { Check = new RecipeCheck(Plugins) };

    internal RunStart Begin(string name)
    {
        var start = new RunStart(name);
        Starting?.Invoke(start);
        return start;
    }

    internal Run Launch(Recipe recipe, string? name, IProgress<string>? progress) =>
        TrainingProcess.Start(this, PinnedPlugins.Pin(recipe, Plugins), name ?? recipe.Name,
            RecipeChange.Sentence(RecipeChange.Beside(recipe, Plugins)), progress);

    // Side effects of a change are reported now, so that nobody discovers them in the results.
    internal void Announce(params IEnumerable<Recipe> recipes)
    {
        foreach (var sentence in recipes.Select(r => RecipeChange.Sentence(RecipeChange.Beside(r, Plugins)) is { } also
            ? $"{r.Name}: {also}" : null).OfType<string>().Distinct())
            Console.WriteLine(sentence);
    }

    private Run Open(Run run)
    {
        Last = run;
        Opened?.Invoke(run);
        return run;
    }

    private async Task<Run> InThread(RunStart start, Func<RunStart, Trainer> create, CancellationToken stop)
    {
        var ready = new TaskCompletionSource<Run>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // One thread from start to end, because TorchSharp's dispose scopes belong to a thread.
        var thread = new Thread(() =>
        {
            try
            {
                using var trainer = create(start);
                using var registration = stop.Register(trainer.RequestStop);
                ready.SetResult(Open(start.Run = new Run(trainer.Folder, this, ended.Task)));
                trainer.Run();
                ended.SetResult();
            }
            catch (Exception e)
            {
                start.Failed = start.Run is null;
                ready.TrySetException(e);
                ended.TrySetException(e);
            }
        })
        {
            Name = "moelab training",
            IsBackground = true,
        };
        thread.Start();
        var run = await ready.Task.ConfigureAwait(false);
        await ended.Task.ConfigureAwait(false);
        return run;
    }
}
