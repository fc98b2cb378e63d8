using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>A run folder, read: finished or still being written. Files are read on first use and kept; <see cref="Refresh"/> reads on.</summary>
public sealed class RunReader
{
    internal const string EnvironmentFile = "environment.json";

    /// <summary>Bytes of a sample that are shown.</summary>
    internal const int MostSample = 1 << 20;

    private readonly Lazy<Recipe> _recipe;
    private readonly Lazy<MetricTable> _metrics;
    private readonly Lazy<EventReader> _events;
    private readonly Lazy<RoutingReader> _routing;
    private readonly Lazy<JsonObject> _environment;
    private readonly List<DamagedRow> _damagedFiles = [];

    private RunReader(string path)
    {
        FullPath = path;
        _recipe = new(ReadRecipe);
        // What failed to be read is tried again.
        _metrics = new(() => new MetricTable(PathOf(LogFile.Metrics)), LazyThreadSafetyMode.PublicationOnly);
        _events = new(() => new EventReader(PathOf(LogFile.Events)), LazyThreadSafetyMode.PublicationOnly);
        _routing = new(() => new RoutingReader(PathOf("routing.bin")), LazyThreadSafetyMode.PublicationOnly);
        _environment = new(ReadEnvironment);
    }

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The run's name: the folder's.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The effective recipe.</summary>
    /// <exception cref="InputException">The folder has none, or it cannot be used.</exception>
    public Recipe Recipe => _recipe.Value;

    /// <summary>The effective recipe; null if there is none, or a damaged one or one of another version. The figures do not need it.</summary>
    public Recipe? RecipeOrNull
    {
        get
        {
            try
            {
                return HasRecipe ? Recipe : null;
            }
            catch (InputException)
            {
                return null;
            }
        }
    }

    /// <exception cref="InputException">It cannot be read, or is larger than a recipe may be.</exception>
    internal string RecipeText => InputFile.ReadText(PathOf("recipe.yaml"), BoundedYaml.MostBytes, "a recipe");

    /// <summary>Whether the folder has a recipe.</summary>
    public bool HasRecipe => File.Exists(PathOf("recipe.yaml"));

    /// <summary>The metric log: <c>Metrics["loss"]</c>.</summary>
    /// <exception cref="InputException">A row is longer than a log's may be.</exception>
    public MetricTable Metrics => Table.Whole();

    /// <summary>Every event in order.</summary>
    /// <exception cref="InputException">A row is longer than a log's may be.</exception>
    public IReadOnlyList<RunEvent> Events => History.Whole();

    /// <summary>The routing log, null where the run has none yet.</summary>
    /// <exception cref="InputException">It is something else, of another version, or its head is damaged.</exception>
    public RoutingReader? Routing => Records.Whole();

    /// <summary>
    /// Rows of the three logs that are not what was written, rows of a finished run that are not there, and an environment that cannot be read;
    /// the figures leave them out. Reads every log whole.
    /// </summary>
    public IReadOnlyList<DamagedRow> Damaged
    {
        get
        {
            _ = (Events, Environment);
            return [.. Metrics.Damaged, .. History.Log.Damaged, .. Records.Damaged, .. Lost(), .. _damagedFiles];
        }
    }

    /// <summary>The metrics that can be read, whatever follows them.</summary>
    internal MetricTable Table => _metrics.Value;

    /// <summary>The events that can be read, whatever follows them.</summary>
    internal EventReader History => _events.Value;

    /// <summary>The routing records that can be read.</summary>
    internal RoutingReader Records => _routing.Value;

    /// <summary>Steps whose routing is recorded.</summary>
    public IReadOnlyList<int> RoutingSteps => Routing?.Steps ?? [];

    /// <summary>The content of <c>environment.json</c>; empty if it is missing or damaged (see <see cref="Damaged"/>).</summary>
    public JsonObject Environment => _environment.Value;

    /// <summary>A text that the model generated at the end, null where there is none.</summary>
    public string? Sample => File.Exists(PathOf("sample.txt")) ? InputFile.ReadStart(PathOf("sample.txt"), MostSample) : null;

    /// <summary>The last logged step, 0 before the first.</summary>
    public int Step => Metrics.Last;

    /// <summary>How far the run is, by the last event of a kind that decides it, and by the lock of a run that has not ended.</summary>
    public RunStatus Status => History.State.Status(() => Step, () => IsAbandoned(FullPath));

    /// <summary>Opens a run folder.</summary>
    /// <exception cref="InputException">The path is not a run folder.</exception>
    public static RunReader Open(string path) => RunPaths.IsRun(path)
        ? new RunReader(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))
        : throw new InputException($"run '{path}': no such folder, or it contains no run");

    /// <summary>Opens a run by its name under a directory, or by path.</summary>
    /// <exception cref="InputException">No such run; the message names the nearest one.</exception>
    public static RunReader Open(string nameOrPath, string runsDirectory) => Open(RunPaths.Resolve(nameOrPath, runsDirectory));

    /// <summary>The same without asking whether there is a run: one may appear later.</summary>
    internal static RunReader At(string path) => new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>Reads on in the logs that were read; what a resume cut off is forgotten.</summary>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="InputException">The folder is gone, or is no longer a run.</exception>
    public bool Refresh() => RunPaths.IsRun(FullPath) ? ReadOn() : throw new InputException(
            $"run '{FullPath}': no such folder, or it contains no run");

    /// <summary>Training tokens per expert in one step: [layers, experts].</summary>
    /// <exception cref="InputException">The step is not recorded.</exception>
    public long[,] Counts(int step) =>
        (Routing ?? throw new InputException($"run '{Name}': no routing was recorded")).Counts(step);

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string file) => Path.Combine(FullPath, file);

    /// <summary>Reads on, also if the folder is still empty.</summary>
    /// <returns>Whether anything changed.</returns>
    internal bool ReadOn()
    {
        var before = Changes;
        // The events first: when they report the end, all rows before it are there.
        if (_events.IsValueCreated)
            History.Refresh();
        if (_routing.IsValueCreated)
            Records.Refresh();
        if (_metrics.IsValueCreated)
            Table.Refresh();
        return Changes != before;
    }

    /// <summary>Counts up with whatever a reading of the logs found.</summary>
    internal int Changes => (_events.IsValueCreated ? History.Log.Changes : 0) + (_routing.IsValueCreated ? Records.Changes : 0)
        + (_metrics.IsValueCreated ? Table.Log.Changes : 0);

    private IEnumerable<DamagedRow> Lost()
    {
        if (Status != RunStatus.Finished || Events.Last(e => e.Kind == EventKind.Finish).Step is not (> 0 and var end))
            yield break;
        if (Step < end)
            yield return new DamagedRow(LogFile.Metrics, 0, Step, $"the rows after step {Step} are missing, though the run finished at step {end}");
        if (Records.Refusal is not null)
            yield break;
        var last = RoutingSteps is [.., var step] ? step : 0;
        if (last < end - (end % (Routing?.Every ?? 1)))
            yield return new DamagedRow("routing.bin", 0, last, $"the records after step {last} are missing, though the run finished at step {end}");
    }

    // The writer holds the lock as long as it lives; if it is free, nobody writes. A job that starts its writer again holds another one.
    internal static bool IsAbandoned(string path) =>
        IsFree(Path.Combine(path, RunPaths.Lock)) && (RunPaths.Keeper(path) is var keeper && (!File.Exists(keeper) || IsFree(keeper)));

    private static bool IsFree(string file)
    {
        try
        {
            using var free = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Recipe ReadRecipe()
    {
        if (!HasRecipe)
            throw new InputException($"run '{Name}': the folder has no recipe.yaml");
        try
        {
            return RecipeYaml.Parse(RecipeText);
        }
        catch (InputException e)
        {
            throw new InputException($"run '{Name}', recipe.yaml: {e.Message}", e);
        }
    }

    private JsonObject ReadEnvironment()
    {
        var path = PathOf(EnvironmentFile);
        try
        {
            return File.Exists(path) ? RunEnvironment.Read(path).AsObject() : [];
        }
        catch (InputException e)
        {
            // Provenance is shown, never computed with: a damaged file must not hide the run's results.
            _damagedFiles.Add(new DamagedRow(EnvironmentFile, 0, 0, e.Message.Replace(path + ": ", "", StringComparison.Ordinal)));
            return [];
        }
    }
}
