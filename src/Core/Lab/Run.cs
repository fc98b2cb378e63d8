using System.Text.Json;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Training;

namespace MoELab;

/// <summary>
/// A run as its folder shows it, whichever process trains it: read its metrics, send it commands, wait for it, load its model.
/// </summary>
public sealed class Run
{
    private readonly Lab _lab;
    private readonly List<string> _alerts = [];
    private Task? _completion;

    internal Run(string path, Lab lab, Task? completion = null)
    {
        FullPath = path;
        _lab = lab;
        _completion = completion;
    }

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The run's name.</summary>
    public string Name => Path.GetFileName(FullPath);

    /// <summary>The recipe that it started with.</summary>
    public Recipe Recipe => Read().Recipe with { Check = new RecipeCheck(_lab.Plugins, name => PinnedPlugins.Kept(FullPath, name)) };

    /// <summary>How far it is.</summary>
    public RunStatus Status => Read().Status;

    /// <summary>The last logged step.</summary>
    public int Step => Read().Step;

    /// <summary>The metric log: <c>Metrics["loss"]</c> is a typed column.</summary>
    public MetricTable Metrics => Read().Metrics;

    /// <summary>
    /// Ends when the run has finished, stopped or was cancelled. Fails with a <see cref="RunException"/> when its process dies:
    /// the sentence names the last step, the reason and what continues the run.
    /// </summary>
    public Task Completion => _completion ??= Follow(CancellationToken.None);

    /// <summary>The end of the training where this process began it; null where the folder alone tells.</summary>
    internal Task? Ending => _completion;

    /// <summary>A fresh reading of the folder.</summary>
    public RunReader Read() => RunReader.Open(FullPath);

    /// <summary>Training tokens per expert in one step: [layers, experts].</summary>
    /// <exception cref="RecipeException">The step is not recorded.</exception>
    public double[,] Counts(int step)
    {
        var counts = Read().Counts(step);
        var values = new double[counts.GetLength(0), counts.GetLength(1)];
        for (var l = 0; l < counts.GetLength(0); l++)
        {
            for (var e = 0; e < counts.GetLength(1); e++)
                values[l, e] = counts[l, e];
        }
        return values;
    }

    /// <summary>Pauses before the next step.</summary>
    public void Pause() => Inbox.Send(FullPath, "pause");

    /// <summary>Continues after a pause.</summary>
    public void Continue() => Inbox.Send(FullPath, "continue");

    /// <summary>Continues a run that stopped or broke off from its newest whole checkpoint, in a process of its own.</summary>
    /// <param name="damaged">What to do about damaged rows in its logs.</param>
    /// <param name="trust">Whether plugins that it carries may run although they were not put there by you on this machine.</param>
    /// <exception cref="RecipeException">It is in use, has damaged rows, or carries plugins of somebody else.</exception>
    public Run Resume(DamagedRows damaged = DamagedRows.Refuse, bool trust = false) => _lab.Resume(FullPath, damaged, trust);

    /// <summary>
    /// The recipe of a run that continues from a checkpoint of this one and only lets the learning rate fall: <c>lab.Train(run.Branch("200"))</c>.
    /// </summary>
    /// <param name="decay">The decay's length: steps (<c>200</c>), tokens (<c>500M</c>) or a share of what the run had read (<c>10%</c>).</param>
    /// <param name="step">The checkpoint's step; null takes the newest that is whole.</param>
    /// <exception cref="RecipeException">No such checkpoint, it is damaged, or the length cannot be read.</exception>
    public Recipe Branch(Extent decay, int? step = null) => DecayBranch.Of(FullPath, step, decay);

    /// <summary>Finishes the step, saves and stops.</summary>
    public void Stop() => Inbox.Send(FullPath, "stop");

    /// <summary>
    /// Ends the run's process at once, without finishing its step and without a checkpoint. A run that does not train stays as it is.
    /// </summary>
    /// <exception cref="RecipeException">It trains in this process, or on another machine.</exception>
    public void Cancel() => RunProcess.Cancel(this);

    /// <summary>Saves a checkpoint after the next step.</summary>
    public void Checkpoint() => Inbox.Send(FullPath, "checkpoint");

    /// <summary>
    /// Changes the recipe from the next step on: <c>run.Set("balancer", "sign-bias")</c>. A plugin that came from a folder or a cell
    /// goes with the run as it is now.
    /// </summary>
    /// <exception cref="RecipeException">The path or the value does not fit.</exception>
    public void Set(string path, object value) => Send(path, value, 0);

    /// <summary>Changes the recipe from a later step on: <c>run.At(300).Set("balancer", "smebu")</c>.</summary>
    public ScheduledRun At(int step) => new(this, step);

    /// <summary>Adds an alert rule from the next step on: <c>run.Alert("MaxVio > 2 for 50 steps", pause: true)</c>.</summary>
    /// <param name="rule">As <see cref="AlertRule"/> reads it.</param>
    /// <param name="pause">Whether the run pauses when the rule fires.</param>
    /// <exception cref="RecipeException">The rule cannot be read.</exception>
    public void Alert(string rule, bool pause = false)
    {
        var text = pause ? $"{rule}, pause" : rule;
        AlertRule.Parse(text);
        Set("alerts", Recipe.Alerts.Concat(_alerts).Append(text).ToArray());
        _alerts.Add(text);
    }

    /// <summary>The newest checkpoint's model, or the one of a step.</summary>
    /// <param name="step">The step; null takes the newest.</param>
    /// <param name="trust">Whether plugins that the run carries may run although they were not put there by you on this machine.</param>
    /// <exception cref="RecipeException">No such checkpoint, or the run carries plugins of somebody else.</exception>
    public LabModel Load(int? step = null, bool trust = false) => LabModel.Load(FullPath, step, _lab.Plugins, trust: trust);

    /// <summary>Waits until <paramref name="step"/> is logged, or the run ends.</summary>
    public async Task Watch(int step, CancellationToken cancel = default)
    {
        while (Step < step && !Completion.IsCompleted)
            await Task.Delay(50, cancel).ConfigureAwait(false);
    }

    internal void Send(string path, object value, int step)
    {
        var node = JsonSerializer.SerializeToNode(value, OptionsBinder.Json);
        var recipe = Recipe;
        RunChange.Check(recipe, FullPath, path, node);
        (path, node) = PinnedPlugins.PinChange(FullPath, recipe, path, node, _lab.Plugins);
        Inbox.Send(FullPath, "set", path, node, step);
    }

    private bool IsHere() => RunPaths.IsRun(FullPath);

    private async Task Follow(CancellationToken cancel)
    {
        while (IsHere() && Read().Status is RunStatus.Running or RunStatus.Empty)
            await Task.Delay(100, cancel).ConfigureAwait(false);
        if (!IsHere())
            throw new RunException($"run '{Name}': its folder '{FullPath}' is gone, and nothing more can be known of it");
        if (Read().Status is RunStatus.Interrupted or RunStatus.Failed)
            throw new RunException(RunProcess.Obituary(Read(), null));
    }
}

/// <summary>A run at a later step, for changes that wait for it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The step before which changes apply.</param>
public sealed record ScheduledRun(Run Run, int Step)
{
    /// <summary>Changes the recipe from that step on.</summary>
    public void Set(string path, object value) => Run.Send(path, value, Step);
}
