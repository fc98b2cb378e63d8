using System.Diagnostics;
using MoELab.Interop.Torch;
using MoELab.Plugins;

namespace MoELab.Studies.Sandbox;

/// <summary>
/// Routers and balancers without a model: scores from a stream, a choice per token, and the same <see cref="IBalancer.Update"/> on the same
/// statistics as in training. Randomness depends on seed, purpose, layer and step alone, so two runs are equal bit by bit.
/// </summary>
public static class RoutingSandbox
{
    /// <summary>Runs every step of a sandbox on the calling thread.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="plugins">Where router and balancer come from.</param>
    /// <param name="stop">Ends it between two steps.</param>
    /// <exception cref="InputException">An option is not valid, or a plugin is unknown or needs a model.</exception>
    /// <exception cref="RunException">The balancer made a bias that is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static SandboxResult Run(SandboxOptions options, PluginCatalog plugins, CancellationToken stop = default)
    {
        options.Check();
        using var pause = FinalizerPause.Begin();
        using var routing = new SandboxRouting(options, plugins);
        var log = new SandboxLog(options);
        var start = Stopwatch.GetTimestamp();
        for (var step = 1; step <= options.Steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            routing.Step(step);
            log.Add(routing);
        }
        return new SandboxResult(options, log, routing.Bias, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Checks what <see cref="Run"/> would reject, without a step.</summary>
    /// <exception cref="InputException">An option is not valid, or a plugin is unknown or needs a model.</exception>
    public static void Check(SandboxOptions options, PluginCatalog plugins)
    {
        options.Check();
        SandboxRouting.Plugins(options, plugins);
    }
}
