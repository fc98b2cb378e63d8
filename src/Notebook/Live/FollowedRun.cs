using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Live;

/// <summary>A run folder as a live display reads it, each time from where the last reading ended.</summary>
internal sealed class FollowedRun(string path)
{
    // How often it is checked whether the process of a silent run is still running.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private readonly RunReader _run = RunReader.At(path);
    private readonly Dictionary<string, (int Count, double? Figure)> _figures = [];
    private DateTime _heard = DateTime.UtcNow;
    private bool _abandoned, _hadRecipe;
    private int _restarts, _planned;
    private string _balancer = "";

    public string FullPath => _run.FullPath;
    public string Name => _run.Name;
    public MetricTable Metrics => _run.Table;
    public IReadOnlyList<RunEvent> Events => _run.History.Events;
    public RoutingReader Routing => _run.Records;
    public bool Paused => _run.History.State.Paused;
    public int Step => Metrics.Last;

    /// <summary>Damaged rows, which the metrics leave out.</summary>
    public IEnumerable<DamagedRow> Damaged => [.. Metrics.Damaged, .. _run.History.Log.Damaged, .. Routing.Damaged];

    /// <summary>The last step of the recipe as it is now; 0 if unknown.</summary>
    public int Steps => Events.LastOrDefault(e => PlannedBy(e) > 0) is { } changed ? PlannedBy(changed) : _planned;

    /// <summary>The seed of the recipe; null while that is not readable.</summary>
    public long? Seed { get; private set; }

    public string Balancer => Events.LastOrDefault(e => e.NewBalancer is not null)?.NewBalancer ?? _balancer;

    /// <summary>How often a resume has cut the log, so that what was shown of it is no longer valid.</summary>
    public int Restarts => Metrics.Restarts;

    /// <summary>How far the run is, as in <see cref="RunReader.Status"/>.</summary>
    public RunStatus Status => _run.History.State.Status(() => Step, () => _abandoned);

    /// <summary>Whether the run has not ended, as far as its folder shows.</summary>
    public bool IsOpen => Status is RunStatus.Running or RunStatus.Empty;

    /// <summary>Seconds that the remaining steps will take; null if unknown.</summary>
    public double? SecondsLeft => Status == RunStatus.Running && Steps > Step && Metrics.Find("seconds/step") is { Count: > 0 } seconds
        ? seconds.Values.TakeLast(20).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average() * (Steps - Step) : null;

    /// <summary>
    /// A metric in one figure, as <see cref="RunFigures"/> defines it. For a long run it is computed again when there is a 200th more, which is
    /// cheap enough for a display; <paramref name="exact"/> computes it now.
    /// </summary>
    public double? Figure(string metric, bool exact = false)
    {
        var count = Metrics.Find(metric)?.Count ?? 0;
        if (exact || !_figures.TryGetValue(metric, out var known) || known.Count > count || count - known.Count >= Math.Max(1, count / 200))
            _figures[metric] = known = (count, RunFigures.Of(Metrics, metric));
        return known.Figure;
    }

    /// <summary>Reads on.</summary>
    /// <param name="ended">Whether its process is known to have ended.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder is gone.</exception>
    public bool Read(bool ended = false)
    {
        // A process that is still training may create a new folder of that name for its next checkpoint.
        if (!Directory.Exists(FullPath) || (_hadRecipe && !_run.HasRecipe))
            throw new DirectoryNotFoundException();
        _hadRecipe = _hadRecipe || _run.HasRecipe;
        if (_planned == 0)
            ReadRecipe();
        var before = _run.Changes;
        _run.ReadOn();
        _ = (Events, Metrics);
        if (_restarts != Restarts)
        {
            _restarts = Restarts;
            _figures.Clear();
        }
        var changed = _run.Changes != before;
        if (changed)
            (_heard, _abandoned) = (DateTime.UtcNow, false);
        if (!IsOpen || (!ended && DateTime.UtcNow - _heard < Silence))
            return changed;
        _heard = DateTime.UtcNow;
        var wasAbandoned = _abandoned;
        _abandoned = RunReader.IsAbandoned(FullPath);
        return changed || _abandoned != wasAbandoned;
    }

    private static int PlannedBy(RunEvent happened) => happened is { Kind: EventKind.Set, Path: "training.steps" }
        && happened.Data!["value"] is JsonValue value && value.TryGetValue<double>(out var steps)
        && steps is >= 1 and <= int.MaxValue ? (int)steps : 0;

    private void ReadRecipe()
    {
        try
        {
            var recipe = RecipeYaml.Parse(_run.RecipeText);
            (_planned, _balancer, Seed) = (recipe.Training.Steps, recipe.Balancer.Name, recipe.Training.Seed);
        }
        catch (Exception e) when (e is IOException or MoELabException)
        {
            // It is not written yet, or by another version. The curves do not need it.
        }
    }
}
