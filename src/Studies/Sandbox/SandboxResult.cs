using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Studies.Sandbox;

/// <summary>What a sandbox measured: figures of each step, counts, and the last bias. It holds no tensors.</summary>
public sealed class SandboxResult
{
    private readonly SandboxLog _log;

    internal SandboxResult(SandboxOptions options, SandboxLog log, float[,] bias, double seconds) =>
        (Options, _log, Bias, Seconds) = (options, log, bias, seconds);

    /// <summary>What was asked for.</summary>
    public SandboxOptions Options { get; }

    /// <summary>[layers, experts] the bias after the last step.</summary>
    public float[,] Bias { get; }

    /// <summary>Seconds that the steps took.</summary>
    public double Seconds { get; }

    /// <summary>Steps per second.</summary>
    public double StepsPerSecond => Options.Steps / Seconds;

    /// <summary>Keys of the figures: those of a run's log, and the sandbox's own (docs/sandbox.md).</summary>
    public IReadOnlyList<string> Keys => _log.Keys;

    /// <summary>A figure's values, one per step; NaN where a step did not read it.</summary>
    /// <exception cref="InputException">No such figure; the message names the nearest one.</exception>
    public IReadOnlyList<double> this[string key] =>
        _log.Find(key) ?? throw new InputException($"figure '{key}': no such figure{Names.Hint(key, [.. Keys])}");

    /// <summary>MaxVio, mean over the layers and all steps.</summary>
    public double MaxVio => this["max_vio/mean"].Average();

    /// <summary>MaxVio, mean over the layers and the last tenth of the steps.</summary>
    public double LastMaxVio => RunFigures.MeanOfLastTenth(this["max_vio/mean"]);

    /// <summary>MaxVio, mean over the layers, of the step where it is largest.</summary>
    public double PeakMaxVio => this["max_vio/mean"].Max();

    /// <summary>Experts of all layers without a token in the last step.</summary>
    public int DeadExperts => (int)this["experts/dead"][^1];

    /// <summary>Norm of the bias's change in a step, mean over the layers and the last tenth of the steps.</summary>
    public double BiasStepNorm =>
        Enumerable.Range(0, Options.Layers).Average(l => RunFigures.MeanOfLastTenth(this[FormattableString.Invariant($"bias_step/norm/{l}")]));

    /// <summary>[layers, experts] tokens of a step, from 1.</summary>
    /// <exception cref="InputException">No such step.</exception>
    public long[,] Counts(int step) => step >= 1 && step <= Options.Steps ? _log.Counts(step)
        : throw new InputException($"step {step}: the sandbox has no such step; expected 1 to {Options.Steps}");

    /// <summary>A step's figures as a row of a run's log.</summary>
    internal MetricRow Row(int step) => _log.Row(step);

    /// <summary>
    /// Writes the result as the folder of a run, so that views, reports, comparisons, SQL and the board work on it. It has no <c>recipe.yaml</c>,
    /// because nothing was trained: what was asked for is in <c>environment.json</c> under <c>sandbox</c>, and in the first event.
    /// </summary>
    /// <param name="runs">The directory of runs.</param>
    /// <param name="name">The run's name; a taken one becomes <c>name-2</c>.</param>
    /// <exception cref="InputException">The name cannot be a folder's, or the directory cannot be written.</exception>
    public RunReader Save(string runs, string name)
    {
        using var folder = RunFolder.Create(runs, name);
        var environment = RunEnvironment.Describe();
        environment["sandbox"] = Options.ToData();
        RunFolder.WriteAtomically(folder.At(RunReader.EnvironmentFile), environment.ToJsonString());
        using var events = new EventLog(folder.At(LogFile.Events));
        events.Write(0, EventKind.Config, "a routing sandbox: no model and no training; router and balancer on made-up scores", Options.ToData());
        using (var metrics = new MetricsWriter(folder.At(LogFile.Metrics), 0))
        using (var routing = new RoutingWriter(folder.At("routing.bin"), Options.Layers, Options.Experts, 0))
        {
            for (var step = 1; step <= Options.Steps; step++)
            {
                metrics.Write(Row(step));
                routing.Write(step, Counts(step));
            }
        }
        events.Write(Options.Steps, EventKind.Finish, $"the sandbox did its {Options.Steps} steps");
        return RunReader.Open(folder.FullPath);
    }
}
