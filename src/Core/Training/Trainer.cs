using System.Diagnostics;
using MoELab.Interop.Host;
using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Routing.Replay;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Training.Checkpoints;
using MoELab.Training.Metrics;
using MoELab.Training.Ranks;
using MoELab.Training.Steps;

namespace MoELab.Training;

/// <summary>
/// Trains a recipe into a run folder. <see cref="Run"/> is synchronous and stays on one thread, because TorchSharp's dispose scopes
/// belong to a thread; whoever watches gets events, or reads the folder.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly RunFolder _folder;
    private readonly TrainingParts _parts;
    private readonly StepRunner _runner;
    private readonly Evaluator _evaluator;
    private readonly CheckpointStore _checkpoints;
    private readonly GradientHistory _history = new();
    private readonly TrainingProgress _progress = new();
    private readonly StepBoundary _boundary;
    private readonly RankLink _link;
    private readonly PluginMetrics _pluginMetrics;
    private readonly StepRates _rates;
    private readonly AlertWatch _alerts = new();
    private readonly int _first;
    private int _written;
    private Heartbeat? _heartbeat;
    private volatile bool _stop;

    internal Trainer(RunFolder folder, TrainingParts parts, PluginCatalog catalog, int lastStep, JsonObject? state, CheckpointStore? from = null)
    {
        (_folder, _parts, _runner, _evaluator, _first) = (folder, parts, new StepRunner(parts), new Evaluator(parts), lastStep + 1);
        _checkpoints = new CheckpointStore(folder.At("checkpoints"));
        Events = new EventLog(folder.At("events.jsonl"));
        if (state is not null)
            TrainingCheckpoint.Load(from ?? _checkpoints, lastStep, state, parts, _evaluator, _history, _progress);
        // A run that begins with another's weights watches from its own first step.
        if (from is null)
            _alerts.Load(CheckpointStore.Field(lastStep, state ?? [])["alerts"]);
        _boundary = new StepBoundary(folder.FullPath, Events, lastStep);
        _link = new RankLink(parts.Group);
        _pluginMetrics = new PluginMetrics(catalog);
        _rates = new StepRates(parts.Recipe, parts.Corpus.Tokenizer.VocabularySize, parts.Model.Router.ExtraMatrices.Count);
        // The other ranks wait for the next order meanwhile, and for an order there is a time-out.
        _evaluator.BeforeBatch = () => _link.Tell(RankOrder.Wait, parts.Recipe);
        _evaluator.BeforeBatch += () => _heartbeat?.Beat();
    }

    /// <summary>Raised after each row was written, on the training thread.</summary>
    public event Action<MetricRow>? StepFinished;

    /// <summary>The run's event log.</summary>
    public EventLog Events { get; }

    /// <summary>The run folder.</summary>
    public string Folder => _folder.FullPath;

    /// <summary>The recipe as it is now.</summary>
    public Recipe Recipe => _parts.Recipe;

    /// <summary>The step that comes first: 1, or the one after the checkpoint.</summary>
    public int FirstStep => _first;

    /// <summary>Tells before training whether the run can take a change.</summary>
    /// <exception cref="InputException">It cannot: what does not change during a run, what no plugin knows, an end that lies behind it.</exception>
    internal void RequireChangeable(Recipe next)
    {
        _parts.Bind(next, Folder);
        RunChanges.Between(_parts.Recipe, next);
        if (next.Training.Steps < _first - 1)
            throw new InputException($"training.steps: {next.Training.Steps} is out of range; "
                + $"the run has trained {_first - 1} steps, expected as many or more");
    }

    /// <summary>Tells the other ranks how the run begins.</summary>
    /// <param name="store">The checkpoints that it begins with; null for a fresh model.</param>
    /// <param name="plugins">A run whose plugins it begins with; null for its own.</param>
    /// <param name="start">The recipe that it takes over then (<see cref="BeginWith"/>).</param>
    internal void BeginRanks(CheckpointStore? store, string? plugins = null, Recipe? start = null) =>
        _link.Begin(Folder, _first - 1, store?.Folder, plugins, start, _parts);

    /// <summary>Takes a recipe over at the step where the run begins, and keeps that as the run's own first checkpoint.</summary>
    internal void BeginWith(Recipe recipe)
    {
        foreach (var note in _parts.Change(_parts.Bind(recipe, Folder), Folder, _first))
            Events.Write(_first - 1, EventKind.Config, note);
        _written = _first - 1;
        Checkpoint();
    }

    /// <summary>A trainer for a new run. Without a name, the run has the recipe's.</summary>
    /// <exception cref="InputException">The recipe, the data or the directory cannot be used.</exception>
    public static Trainer Create(Recipe recipe, PluginCatalog catalog, string runs, string? name = null, IProgress<string>? progress = null) =>
        TrainerSetup.Create(recipe, catalog, runs, name, progress);

    /// <summary>A trainer that continues a run from its newest complete checkpoint, or from the start when it has none.</summary>
    /// <returns>Null when the run has finished.</returns>
    /// <exception cref="InputException">No such run, it is in use, or nothing of it can be read.</exception>
    /// <param name="run">The run folder.</param>
    /// <param name="catalog">Plugins; those that the run keeps come first.</param>
    /// <param name="progress">Sentences about data that is being prepared, damage, and the plugins that the run carries.</param>
    /// <param name="damaged">What to do about damaged rows in the run's logs.</param>
    /// <param name="trust">Whether plugins that the run carries may run although they were not put there by this user on this machine.</param>
    public static Trainer? Resume(string run, PluginCatalog catalog, IProgress<string>? progress = null, DamagedRows damaged = DamagedRows.Refuse,
        bool trust = false) =>
        TrainerSetup.Resume(run, catalog, progress, damaged, trust);

    /// <summary>Asks for a stop at the next step boundary, from any thread.</summary>
    public void RequestStop() => _stop = true;

    /// <summary>Writes every training choice of experts from here on to a file that the router <c>replay</c> reads.</summary>
    /// <param name="path">Where; a file of this name is replaced.</param>
    /// <exception cref="InputException">No file can be written there.</exception>
    public void RecordChoices(string path) => _runner.Choices = new ChoiceRecorder(path);

    /// <summary>Calls back, on another thread, when no step has ended for a set time. A checkpoint may take longer.</summary>
    /// <param name="limit">The time; longer than the longest step.</param>
    /// <param name="silent">Is given a sentence, which is an event of the run then. The training thread hangs, so only the end of the process helps.</param>
    internal void WatchFor(TimeSpan limit, Action<string> silent) => _heartbeat = new Heartbeat(limit, sentence =>
    {
        Remember(sentence);
        silent(sentence);
    });

    /// <summary>Trains until the last step or a stop.</summary>
    /// <exception cref="NonFiniteException">Loss or gradients were not finite three times in a row.</exception>
    /// <exception cref="NonFiniteScoresException">A router's scores were not finite.</exception>
    /// <exception cref="RunException">
    /// The run folder cannot be written, such as on a full disk, or memory ran out, after which the last whole step is saved where no
    /// weight has moved since; what stands in the folder can be read and resumed.
    /// </exception>
    public TrainingEnd Run()
    {
        _written = _first - 1;
        _heartbeat?.Beat();
        try
        {
            return Train();
        }
        catch (Exception caught)
        {
            var e = TrainingFailure.FolderGone(caught, _folder) ?? caught;
            if (MemoryError.Is(e))
                SaveLastStep();
            var told = TrainingFailure.Tell(e, _written + 1, Folder, _parts, _checkpoints.Steps);
            Remember((told ?? e).Message);
            if (told is null && ReferenceEquals(e, caught))
                throw;
            throw told ?? e;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heartbeat?.Dispose();
        _runner.Choices?.Dispose();
        Events.Dispose();
        _parts.Dispose();
        _parts.Corpus.Dispose();
        _folder.Dispose();
    }

    private TrainingEnd Train()
    {
        using var metrics = new MetricsWriter(_folder.At("metrics.jsonl"), _first - 1);
        using var routing = new RoutingWriter(_folder.At("routing.bin"), _parts.Layers, _parts.Experts, _first - 1);
        if (_first == 1)
            TermProbe.Run(_parts, Events);
        for (var step = _first; step <= _parts.Recipe.Training.Steps; step++)
        {
            if (!WaitAtBoundary(step))
                return EndStopped();
            var row = RunStep(step, out var outcome);
            metrics.Write(row);
            routing.Write(step, outcome.Counts);
            _written = step;
            _heartbeat?.Beat();
            StepFinished?.Invoke(row);
            _boundary.Paused |= _alerts.Report(_parts.Recipe.Alerts, step, row.Values, Events);
            var save = _boundary.Checkpoint || _parts.Timeline.Completes(_parts.Recipe.Training.CheckpointEvery, step)
                || step == _parts.Recipe.Training.Steps;
            _link.Tell(save ? RankOrder.Save : RankOrder.Continue, _parts.Recipe);
            if (save)
                Checkpoint();
        }
        Events.Write(_written, EventKind.Finish, $"finished after {_written} steps", new JsonObject
        {
            ["tokens"] = _progress.Tokens,
            ["seconds"] = _progress.Seconds,
            ["kernel"] = _parts.Kernel,
        });
        return TrainingEnd.Finished;
    }

    private void SaveLastStep()
    {
        try
        {
            // The other ranks are in the middle of the step, and their place in the data with them.
            if (!_link.IsShared && _runner.Undo() && _written > 0 && !_checkpoints.Steps.Contains(_written))
                Checkpoint();
        }
        catch (Exception e) when (e is RunException || DiskError.Is(e) || MemoryError.Is(e))
        {
            // Saving wants for something too; the sentence about the failure names the checkpoint that there is.
        }
    }

    private void Remember(string error)
    {
        try
        {
            Events.Write(_written, EventKind.Error, error);
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            // A disk that has no room for the run has none for this event either; the caller still gets the sentence.
        }
    }

    private bool WaitAtBoundary(int step)
    {
        _folder.RequireHere();
        _boundary.Apply(step, _parts);
        if (_boundary.Paused)
            Events.Write(step - 1, EventKind.Pause, $"paused before step {step}");
        while (_boundary.Paused && !_boundary.Stop && !_stop)
        {
            _link.Tell(RankOrder.Wait, _parts.Recipe);
            Thread.Sleep(100);
            _heartbeat?.Beat();
            _folder.RequireHere();
            _boundary.Apply(step, _parts);
            if (!_boundary.Paused)
                Events.Write(step - 1, EventKind.Continue, $"continued before step {step}");
        }
        if (_boundary.Stop || _stop)
            return false;
        _link.Tell(RankOrder.Step, _parts.Recipe);
        return true;
    }

    private TrainingEnd EndStopped()
    {
        var save = _written > 0 && !_checkpoints.Steps.Contains(_written);
        _link.Tell(save ? RankOrder.Save : RankOrder.Stop, _parts.Recipe);
        if (save)
            Checkpoint();
        Events.Write(_written, EventKind.Stop, $"stopped after step {_written} of {_parts.Recipe.Training.Steps}; 'resume' continues it");
        return TrainingEnd.Stopped;
    }

    private MetricRow RunStep(int step, out StepOutcome outcome)
    {
        using var pause = FinalizerPause.Begin();
        using var scope = torch.NewDisposeScope();
        _rates.Measure(step, _first);
        var start = Stopwatch.GetTimestamp();
        outcome = _runner.Run(step);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _progress.Add(step, outcome, seconds, Events);
        var row = MetricCatalog.Row(step, outcome, [.. _parts.Corpus.Domains.Select(d => d.Name)], _history, _progress.Tokens);
        _pluginMetrics.Add(row, new StepMetrics(step, outcome.Counts, outcome.Bias, outcome.Losses.MicroLosses, outcome.GradientNorm));
        _rates.Add(row, outcome, seconds, _progress.Seconds);
        _evaluator.After(step, row, Events);
        return row;
    }

    private void Checkpoint()
    {
        _folder.RequireHere();
        _heartbeat?.Pause();
        try
        {
            TrainingCheckpoint.Save(_checkpoints, _written, _parts, _link.Streams(_parts), _evaluator, _history, _alerts, _progress);
        }
        catch (RunException) when (!_folder.IsHere)
        {
            // The sentence below says why it could not be written.
        }
        if (!_folder.IsHere)
        {
            _checkpoints.TakeBack(_written);
            _folder.RequireHere();
        }
        _boundary.Checkpoint = false;
        _heartbeat?.Beat();
        Events.Write(_written, EventKind.Checkpoint, $"checkpoint of step {_written}");
    }
}
