using MoELab.Data;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Training;

namespace MoELab;

/// <summary>
/// The front door: recipes, runs, plugins and data under one object. Cells, scripts and the command line use the same one.
/// </summary>
/// <param name="runs">The directory of runs; null takes the environment's <c>MOELAB_RUNS</c>, else <c>runs</c>.</param>
/// <param name="plugins">The plugins at hand; null discovers them.</param>
public sealed partial class Lab(string? runs = null, PluginCatalog? plugins = null)
{
    /// <summary>The directory of runs.</summary>
    public string RunsDirectory { get; } = runs ?? Environment.GetEnvironmentVariable("MOELAB_RUNS") ?? "runs";

    /// <summary>The plugins at hand.</summary>
    public PluginCatalog Plugins { get; } = plugins ?? PluginCatalog.Discover();

    /// <summary>The run that this lab touched last; set before its first step.</summary>
    public Run? Last { get; private set; }

    /// <summary>A run was started, resumed or attached; raised before its first step is waited for, on the caller's thread or, inside this process, on the training's.</summary>
    public event Action<Run>? Opened;

    /// <summary>A run is being started; raised before its data are prepared, on the caller's thread.</summary>
    internal event Action<RunStart>? Starting;

    /// <summary>Every run in the directory, newest first.</summary>
    public IReadOnlyList<Run> Runs => !Directory.Exists(RunsDirectory) ? [] : [.. new DirectoryInfo(RunsDirectory).EnumerateDirectories()
        .Where(d => RunPaths.IsRun(d.FullName)).OrderByDescending(d => d.LastWriteTimeUtc).Select(d => new Run(d.FullName, this))];

    /// <summary>A preset by name, or a YAML file by path.</summary>
    /// <exception cref="RecipeException">No such preset and no such file.</exception>
    public Recipe Recipe(string nameOrPath) => Recipes.Recipe.Load(nameOrPath);

    /// <summary>Prepares a recipe's data, or opens what was prepared before.</summary>
    public PreparedCorpus Data(Recipe recipe, IProgress<string>? progress = null) => PreparedCorpus.Prepare(recipe.Data, Plugins, progress);

    /// <summary>Starts a training in a process of its own and returns at once.</summary>
    /// <param name="recipe">The recipe; a name or path converts.</param>
    /// <param name="name">The run's name; null takes the recipe's. A taken name becomes <c>name-2</c>.</param>
    /// <exception cref="RecipeException">The recipe cannot be used, or the process did not start.</exception>
    public Run Start(Recipe recipe, string? name = null)
    {
        RecipeValidator.Validate(recipe, Plugins);
        var start = Begin(recipe, name);
        try
        {
            return Open(start.Run = Launch(recipe, name, start));
        }
        finally
        {
            start.Failed = start.Run is null;
        }
    }

    /// <summary>Trains and waits.</summary>
    /// <param name="recipe">The recipe; a name or path converts.</param>
    /// <param name="inProcess">In this process, on a thread of its own (for breakpoints); else in a process of its own.</param>
    /// <param name="name">The run's name; null takes the recipe's.</param>
    /// <param name="stop">Stops at the next step boundary; the run then returns normally with status stopped.</param>
    public async Task<Run> Train(Recipe recipe, bool inProcess = false, string? name = null, CancellationToken stop = default)
    {
        using var training = StopScope.Join(stop);
        if (!inProcess)
        {
            var run = Start(recipe, name);
            using var registration = training.Stop.Register(run.Stop);
            await run.Completion.ConfigureAwait(false);
            return run;
        }
        return await InThread(Begin(recipe, name), start => Trainer.Create(PinnedPlugins.Pin(recipe, Plugins), Plugins, RunsDirectory, name, start), training.Stop).ConfigureAwait(false);
    }

    /// <summary>A run by name or path, running or not.</summary>
    /// <exception cref="RecipeException">No such run; the sentence names the nearest one.</exception>
    public Run Attach(string run) => Open(new Run(RunPaths.Resolve(run, RunsDirectory), this));

    /// <summary>Continues a run from its newest whole checkpoint, in a process of its own.</summary>
    /// <exception cref="RecipeException">No such run, or it is in use.</exception>
    public Run Resume(string run) => Open(TrainingProcess.Resume(this, RunPaths.Resolve(run, RunsDirectory)));

    private RunStart Begin(Recipe recipe, string? name)
    {
        var start = new RunStart(name ?? recipe.Name);
        Starting?.Invoke(start);
        return start;
    }

    private Run Launch(Recipe recipe, string? name, IProgress<string>? progress)
    {
        RecipeValidator.Validate(recipe, Plugins);
        return TrainingProcess.Start(this, PinnedPlugins.Pin(recipe, Plugins), name ?? recipe.Name, progress);
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
        // A thread of its own, start to end: TorchSharp's dispose scopes belong to a thread.
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
