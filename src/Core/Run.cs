using System.Text.Json;
using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Training.Checkpoints;

namespace MoELab;

/// <summary>A run seen through its folder, whichever process trains it: read its metrics, send it commands, wait for it, load its model.</summary>
public sealed class Run
{
    private readonly Lab _lab;
    private readonly List<string> _alerts = [];
    private Task? _completion;

    internal Run(string path, Lab lab, Task? completion = null) => (FullPath, _lab, _completion) = (path, lab, completion);

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The run's name.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The recipe with which it started.</summary>
    public Recipe Recipe => Read().Recipe with { Check = new RecipeCheck(_lab.Plugins, name => PinnedPlugins.Kept(FullPath, name)) };

    /// <summary>Whether it is running, has ended, and how.</summary>
    public RunStatus Status => Read().Status;

    /// <summary>The last logged step.</summary>
    public int Step => Read().Step;

    /// <summary>The metric log: <c>Metrics["loss"]</c> is a typed column.</summary>
    public MetricTable Metrics => Read().Metrics;

    /// <summary>
    /// Completes when the run has finished, stopped or been cancelled. Fails with a <see cref="RunException"/> if its process dies:
    /// the sentence names the last step, the reason and how to resume the run.
    /// </summary>
    public Task Completion => _completion ??= Follow();

    /// <summary>The end of the training if this process started it; null if only the folder shows it.</summary>
    internal Task? Ending => _completion;

    /// <summary>A fresh reading of the folder.</summary>
    public RunReader Read() => RunReader.Open(FullPath);

    /// <summary>Training tokens per expert in one step: [layers, experts].</summary>
    /// <exception cref="InputException">The step is not recorded.</exception>
    public double[,] Counts(int step)
    {
        var counts = Read().Counts(step);
        var values = new double[counts.GetLength(0), counts.GetLength(1)];
        Array.Copy(counts, values, counts.Length);
        return values;
    }

    /// <summary>Pauses the run before the next step.</summary>
    public void Pause() => Inbox.Send(FullPath, CommandKind.Pause);

    /// <summary>Continues the run after a pause.</summary>
    public void Continue() => Inbox.Send(FullPath, CommandKind.Continue);

    /// <summary>Resumes a run that stopped or failed from its newest intact checkpoint, in its own process.</summary>
    /// <param name="damaged">What to do with damaged rows in its logs.</param>
    /// <param name="trust">Whether plugins in its folder may run even if somebody else put them there.</param>
    /// <exception cref="InputException">It is in use, has damaged rows, or contains plugins that somebody else put there.</exception>
    public Run Resume(DamagedRows damaged = DamagedRows.Refuse, bool trust = false) => _lab.Resume(FullPath, damaged, trust);

    /// <summary>A recipe that starts from a checkpoint of this run and decays the learning rate: <c>lab.Train(run.Branch("200"))</c>.</summary>
    /// <param name="decay">Length of the decay: steps (<c>200</c>), tokens (<c>500M</c>) or a share of what the run had read (<c>10%</c>).</param>
    /// <param name="step">The checkpoint's step; null for the newest intact one.</param>
    /// <exception cref="InputException">No such checkpoint, it is damaged, or the length is invalid.</exception>
    public Recipe Branch(Extent decay, int? step = null) => DecayBranch.Of(FullPath, step, decay);

    /// <summary>Stops the run after the current step, with a checkpoint.</summary>
    public void Stop() => Inbox.Send(FullPath, CommandKind.Stop);

    /// <summary>Kills the run's process at once, without finishing its step and without a checkpoint. Does nothing if it is not training.</summary>
    /// <exception cref="InputException">It trains in this process or on another machine.</exception>
    public void Cancel() => RunProcess.Cancel(this);

    /// <summary>Saves a checkpoint after the next step.</summary>
    public void Checkpoint() => Inbox.Send(FullPath, CommandKind.Checkpoint);

    /// <summary>
    /// Changes the recipe from the next step on: <c>run.Set("balancer", "sign-bias")</c>. A plugin from a folder or a cell
    /// is copied into the run folder in its current version.
    /// </summary>
    /// <exception cref="InputException">The path or the value is invalid.</exception>
    public void Set(string path, object value) => Send(path, value, 0);

    /// <summary>Changes the recipe from a later step on: <c>run.At(300).Set("balancer", "smebu")</c>.</summary>
    public ScheduledRun At(int step) => new(this, step);

    /// <summary>Adds an alert rule from the next step on: <c>run.Alert("MaxVio > 2 for 50 steps", pause: true)</c>.</summary>
    /// <param name="rule">A rule in the syntax of <see cref="AlertRule"/>.</param>
    /// <param name="pause">Whether the run pauses when the rule fires.</param>
    /// <exception cref="InputException">The rule is invalid.</exception>
    public void Alert(string rule, bool pause = false)
    {
        var text = pause ? $"{rule}, pause" : rule;
        AlertRule.Parse(text);
        Set("alerts", Recipe.Alerts.Concat(_alerts).Append(text).ToArray());
        _alerts.Add(text);
    }

    /// <summary>Loads the newest checkpoint's model, or that of a step.</summary>
    /// <param name="step">The step; null for the newest.</param>
    /// <param name="trust">Whether plugins in the run folder may run even if somebody else put them there.</param>
    /// <exception cref="InputException">No such checkpoint, or the folder contains plugins that somebody else put there.</exception>
    public LabModel Load(int? step = null, bool trust = false) => LabModel.Load(FullPath, step, _lab.Plugins, trust: trust);

    /// <summary>Waits until <paramref name="step"/> is logged, or the run ends.</summary>
    public async Task Watch(int step, CancellationToken cancel = default)
    {
        var run = Read();
        while (run.Step < step && !Completion.IsCompleted)
        {
            await Task.Delay(50, cancel).ConfigureAwait(false);
            run.Refresh();
        }
    }

    internal void Send(string path, object value, int step)
    {
        var node = JsonSerializer.SerializeToNode(value, OptionsBinder.Json);
        var recipe = Recipe;
        RunChange.Check(recipe, FullPath, path, node);
        (path, node) = PinnedPlugins.PinChange(FullPath, recipe, path, node, _lab.Plugins);
        Inbox.Send(FullPath, CommandKind.Set, path, node, step);
    }

    private async Task Follow()
    {
        var run = RunReader.At(FullPath);
        while (RunPaths.IsRun(FullPath) && run.Status is RunStatus.Running or RunStatus.Empty)
        {
            await Task.Delay(100).ConfigureAwait(false);
            run.ReadOn();
        }
        if (!RunPaths.IsRun(FullPath))
            throw new RunException($"run '{Name}': its folder '{FullPath}' no longer exists, so its state is unknown");
        run.ReadOn();
        if (run.Status is RunStatus.Interrupted or RunStatus.Failed)
            throw new RunException(RunProcess.DescribeFailure(run, null));
    }
}

/// <summary>A later step of a run, for changes that apply from there on.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The step before which changes apply.</param>
public sealed record ScheduledRun(Run Run, int Step)
{
    /// <summary>Changes the recipe from this step on.</summary>
    public void Set(string path, object value) => Run.Send(path, value, Step);
}
