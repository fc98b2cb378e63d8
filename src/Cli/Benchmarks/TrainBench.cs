using System.Diagnostics;
using MathNet.Numerics.Statistics;
using MoELab.Data.Preparation;
using MoELab.Interop.Torch;
using MoELab.Parallel;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Cli.Benchmarks;

/// <summary>Times whole optimizer steps of one recipe with several expert kernels, in turns: forward, backward, balancer and optimizers.</summary>
internal sealed class TrainBench : IDisposable
{
    private readonly Recipe _recipe;
    private readonly PreparedCorpus _corpus;
    private readonly List<(string Name, TrainingParts Parts, StepRunner Runner, List<StepOutcome> Outcomes)> _sides = [];
    private readonly MatrixRate _rate = new();
    private int _step;

    public TrainBench(Recipe recipe, PluginCatalog catalog, IReadOnlyList<string> kernels, IProgress<string>? progress)
    {
        _recipe = recipe;
        _corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
        foreach (var kernel in kernels)
        {
            var bound = BoundRecipe.Of(recipe with { Kernel = new PluginChoice(kernel) }, catalog);
            var parts = new TrainingParts(bound, catalog, _corpus, new SingleProcess());
            _sides.Add((kernel, parts, new StepRunner(parts), []));
        }
        Round();
        foreach (var (_, _, _, outcomes) in _sides)
            outcomes.Clear();
    }

    public int Rounds => _sides[0].Outcomes.Count;

    /// <summary>The denominator of utilisation, GFLOP/s.</summary>
    public double Peak => _rate.FlopsPerSecond / 1e9;

    /// <summary>Runs one step on every side.</summary>
    /// <returns>The seconds that the round took.</returns>
    public double Round()
    {
        var start = Stopwatch.GetTimestamp();
        _step++;
        foreach (var (_, _, runner, outcomes) in _sides)
        {
            using var scope = torch.NewDisposeScope();
            using var pause = FinalizerPause.Begin();
            outcomes.Add(runner.Run(_step));
        }
        _rate.Measure();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Runs steps of the first side for at least this many seconds, and at least one step.</summary>
    /// <returns>Seconds per step.</returns>
    public double Steps(double seconds)
    {
        var (start, steps) = (Stopwatch.GetTimestamp(), 0);
        double passed;
        do
        {
            using var scope = torch.NewDisposeScope();
            _sides[0].Runner.Run(++_step);
            steps++;
        }
        while ((passed = Stopwatch.GetElapsedTime(start).TotalSeconds) < seconds);
        return passed / steps;
    }

    /// <summary>Median seconds of a step.</summary>
    public double Seconds(string side) => Statistics.Median(Outcomes(side).Select(o => o.Seconds.Values.Sum()));

    /// <summary>Median seconds of a phase; 0 if the step has no phase of that name.</summary>
    public double Seconds(string side, string phase) => Statistics.Median(Outcomes(side).Select(o => o.Seconds.GetValueOrDefault(phase)));

    /// <summary>How many times faster one side's step is than another's: the median over rounds.</summary>
    public double Ratio(string side, string other) =>
        Statistics.Median(Outcomes(side).Zip(Outcomes(other), (own, theirs) => theirs.Seconds.Values.Sum() / own.Seconds.Values.Sum()));

    /// <summary>Utilisation of forward and backward, as defined by the metric of that name.</summary>
    public double Utilisation(string side) => new Utilisation(_recipe, _corpus.Tokenizer.VocabularySize).Of(_recipe.Training.TokensPerStep,
        (long)Statistics.Median(Outcomes(side).Select(o => (double)o.Choices)), Seconds(side, "forward") + Seconds(side, "backward"),
        _rate.FlopsPerSecond);

    public void Dispose()
    {
        foreach (var (_, parts, _, _) in _sides)
            parts.Dispose();
        _corpus.Dispose();
    }

    private List<StepOutcome> Outcomes(string side) => _sides.Single(s => s.Name == side).Outcomes;
}
