using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Recipes;
using MoELab.Runs;

namespace MoELab.Live;

/// <summary>A run folder, followed: what a live display shows of it, read on from where the last reading ended.</summary>
internal sealed class RunTail
{
    // A silent run is asked this often whether its process still lives.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private readonly LineTail _metrics, _events;
    private readonly string _recipe;
    private DateTime _heard = DateTime.UtcNow;
    private string _state = "";
    private bool _abandoned, _hadRecipe, _sealedRows, _sealedEvents;
    private readonly List<DamagedRow> _damagedRows = [], _damagedEvents = [];
    private int _row, _eventRow;

    public RunTail(string path)
    {
        FullPath = path;
        _metrics = new LineTail(Path.Combine(path, "metrics.jsonl"));
        _events = new LineTail(Path.Combine(path, "events.jsonl"));
        _recipe = Path.Combine(path, "recipe.yaml");
        Routing = new RoutingTail(Path.Combine(path, "routing.bin"));
    }

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The run's name.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>Loss of each step.</summary>
    public Curve Loss { get; } = new();

    /// <summary>Held-out loss of each evaluation.</summary>
    public Curve HeldOut { get; } = new();

    /// <summary>MaxVio of each step, mean over the layers.</summary>
    public Curve MaxVio { get; } = new();

    /// <summary>MaxVio of the worst layer.</summary>
    public Curve WorstMaxVio { get; } = new();

    /// <summary>Seconds of each step.</summary>
    public Curve Seconds { get; } = new();

    /// <summary>Tokens per second of each step.</summary>
    public Curve Speed { get; } = new();

    /// <summary>Held-out bits per byte of each evaluation.</summary>
    public Curve Bits { get; } = new();

    /// <summary>Gradient norm of each step, before clipping.</summary>
    public Curve GradientNorm { get; } = new();

    /// <summary>Learning rate of each step, as a share of the peak rates.</summary>
    public Curve LearningRate { get; } = new();

    /// <summary>Every event.</summary>
    public List<LoggedEvent> Events { get; } = [];

    /// <summary>Rows that were read and are not what was written, which the curves leave out.</summary>
    public IEnumerable<DamagedRow> Damaged => [.. _damagedRows, .. _damagedEvents, .. Routing.Damaged];

    /// <summary>The routing log.</summary>
    public RoutingTail Routing { get; }

    /// <summary>The last logged step.</summary>
    public int Step { get; private set; }

    /// <summary>The last step of the recipe; 0 where it is not known.</summary>
    public int Steps { get; private set; }

    /// <summary>The balancer as it is now.</summary>
    public string Balancer { get; private set; } = "";

    /// <summary>How often the log was cut by a resume, so that what was shown of it no longer holds.</summary>
    public int Restarts { get; private set; }

    /// <summary>How far the run is, as <see cref="RunReader.Status"/> says.</summary>
    public RunStatus Status => _state switch
    {
        "finish" => RunStatus.Finished,
        "stop" => RunStatus.Stopped,
        "error" => RunStatus.Failed,
        "" when Step == 0 => RunStatus.Empty,
        _ => _abandoned ? RunStatus.Interrupted : RunStatus.Running,
    };

    /// <summary>Whether the run is paused.</summary>
    public bool Paused { get; private set; }

    /// <summary>Seconds that the steps which are left will take; null where that is not known.</summary>
    public double? SecondsLeft => Status == RunStatus.Running && Steps > Step && Seconds.Count > 0 ? Seconds.MeanOfLast(20) * (Steps - Step) : null;

    /// <summary>Reads on.</summary>
    /// <param name="ended">Whether its process is known to have ended.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder is gone.</exception>
    public bool Read(bool ended = false)
    {
        // A training that does not know yet may make a new folder of that name for its next checkpoint.
        if (!Directory.Exists(FullPath) || (_hadRecipe && !File.Exists(_recipe)))
            throw new DirectoryNotFoundException();
        _hadRecipe = _hadRecipe || File.Exists(_recipe);
        if (Steps == 0)
            ReadRecipe();
        var changed = _metrics.Read(Restart, Row);
        changed |= Routing.Read();
        changed |= _events.Read(RestartEvents, Event);
        if (changed)
            (_heard, _abandoned) = (DateTime.UtcNow, false);
        if (Status is not (RunStatus.Running or RunStatus.Empty) || (!ended && DateTime.UtcNow - _heard < Silence))
            return changed;
        _heard = DateTime.UtcNow;
        var before = _abandoned;
        _abandoned = RunReader.IsAbandoned(FullPath);
        return changed || _abandoned != before;
    }

    private void Restart()
    {
        Restarts++;
        (_row, _sealedRows) = (0, false);
        _damagedRows.Clear();
        Cut(0);
    }

    private void RestartEvents()
    {
        (_eventRow, _sealedEvents) = (0, false);
        _damagedEvents.Clear();
        Events.Clear();
    }

    // Once one row has a checksum, every one must.
    private static bool IsDamaged(ReadOnlyMemory<byte> line, string file, int row, int step, ref bool isSealed, List<DamagedRow> damaged)
    {
        isSealed |= LogLine.IsSealed(line.Span);
        if (!isSealed || LogFile.Problem(line) is not { } problem)
            return false;
        damaged.Add(new DamagedRow(file, row, step, problem));
        return true;
    }

    private void Cut(int step)
    {
        foreach (var curve in new[] { Loss, HeldOut, MaxVio, WorstMaxVio, Seconds, Speed, Bits, GradientNorm, LearningRate })
            curve.Cut(step);
        Step = Math.Max(0, step - 1);
    }

    private void Row(ReadOnlyMemory<byte> line)
    {
        if (IsDamaged(line, "metrics.jsonl", ++_row, Step, ref _sealedRows, _damagedRows))
            return;
        if (LogFile.Parse(line, LogFile.Metrics, isStrict: false, out var problem) is not { } row)
        {
            if (line.Length > 0)
                _damagedRows.Add(new DamagedRow(LogFile.Metrics, _row, Step, problem!));
            return;
        }
        var step = row.GetProperty("step").GetInt32();
        if (step <= Step)
        {
            // A row that is none must not take others with it.
            if (LogFile.Parse(line, LogFile.Metrics, isStrict: true, out problem) is null)
            {
                _damagedRows.Add(new DamagedRow(LogFile.Metrics, _row, Step, problem!));
                return;
            }
            Restarts++;
            Cut(step);
        }
        Step = step;
        Row(step, row);
    }

    private void Row(int step, JsonElement row)
    {
        var (sum, domains, whole) = (0.0, 0, false);
        foreach (var field in row.EnumerateObject())
        {
            var value = field.Value.ValueKind == JsonValueKind.Number ? field.Value.GetDouble() : double.NaN;
            if (Of(field.Name) is { } curve)
                curve.Add(step, value);
            whole |= field.Name == "eval/loss";
            if (field.Name.StartsWith("eval/loss/", StringComparison.Ordinal) && double.IsFinite(value))
                (sum, domains) = (sum + value, domains + 1);
        }
        if (!whole && domains > 0)
            HeldOut.Add(step, sum / domains);
    }

    private Curve? Of(string metric) => metric switch
    {
        "loss" => Loss,
        "eval/loss" => HeldOut,
        "max_vio/mean" => MaxVio,
        "max_vio/max" => WorstMaxVio,
        "seconds/step" => Seconds,
        "tokens_per_second" => Speed,
        "eval/bits_per_byte" => Bits,
        "grad_norm" => GradientNorm,
        "learning_rate_factor" => LearningRate,
        _ => null,
    };

    private void Event(ReadOnlyMemory<byte> line)
    {
        if (IsDamaged(line, "events.jsonl", ++_eventRow, Events.Count == 0 ? 0 : Events[^1].Step, ref _sealedEvents, _damagedEvents))
            return;
        if (EventReader.Parse(line, out var problem) is not { } happened)
        {
            if (line.Length > 0)
                _damagedEvents.Add(new DamagedRow(LogFile.Events, _eventRow, Events.Count == 0 ? 0 : Events[^1].Step, problem!));
            return;
        }
        Events.Add(happened);
        if (happened.Kind is "start" or "restart" or "stop" or "finish" or "error")
            (_state, Paused) = (happened.Kind, false);
        if (happened.Kind is "pause" or "continue")
            Paused = happened.Kind == "pause";
        if (happened.Kind == "set" && happened.Data?["path"]?.ToString() == "training.steps" && happened.Data["value"] is JsonValue value && value.TryGetValue<double>(out var steps) && steps is >= 1 and <= int.MaxValue)
            Steps = (int)steps;
        if (happened.Kind == "swap" && happened.Data?["path"]?.ToString() == "balancer")
            Balancer = NameOf(happened.Data["value"]) ?? Balancer;
    }

    /// <summary>The name of a plugin as an event tells it.</summary>
    internal static string? NameOf(JsonNode? value) =>
        value is JsonObject plugin ? plugin["name"]?.ToString() : value?.ToString();

    private void ReadRecipe()
    {
        try
        {
            var recipe = RecipeYaml.Parse(InputFile.ReadText(_recipe, BoundedYaml.MostBytes, "a recipe"));
            (Steps, Balancer) = (recipe.Training.Steps, recipe.Balancer.Name);
        }
        catch (Exception e) when (e is IOException or RecipeException)
        {
            // Not written yet, or by another version: the curves do not need it.
        }
    }
}
