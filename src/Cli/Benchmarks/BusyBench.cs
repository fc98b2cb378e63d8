using MathNet.Numerics.Statistics;

namespace MoELab.Cli.Benchmarks;

/// <summary>Times steps of one recipe on the idle machine and beside <c>busy</c> busy processes, in turns within one run.</summary>
internal sealed class BusyBench(Recipe recipe, PluginCatalog catalog, string kernel, int busy, IProgress<string>? progress) : IDisposable
{
    private const double SecondsPerTurn = 0.8;

    // The system gives new processes their cores some milliseconds after they start.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private readonly TrainBench _bench = new(recipe, catalog, [kernel], progress);
    private readonly List<(double Idle, double Busy)> _rounds = [];

    public int Rounds => _rounds.Count;

    /// <summary>Median tokens per second without the busy processes.</summary>
    public double IdleRate => recipe.Training.TokensPerStep / Statistics.Median(_rounds.Select(r => r.Idle));

    /// <summary>Median tokens per second beside the busy processes.</summary>
    public double BusyRate => recipe.Training.TokensPerStep / Statistics.Median(_rounds.Select(r => r.Busy));

    /// <summary>Speed beside the busy processes divided by speed without them: the median over rounds.</summary>
    public double Ratio => Statistics.Median(_rounds.Select(r => r.Idle / r.Busy));

    /// <summary>Measures one turn without and one with the busy processes.</summary>
    public void Round()
    {
        var idle = _bench.Steps(SecondsPerTurn);
        using var neighbours = new BusyProcesses(busy);
        Thread.Sleep(Settling);
        _rounds.Add((idle, _bench.Steps(SecondsPerTurn)));
    }

    public void Dispose() => _bench.Dispose();
}
