using MoELab.Runs.Log;
using MoELab.Training.Steps;

namespace MoELab.Training.Metrics;

/// <summary>What a row says about time: seconds, tokens per second, shares of the step, utilisation.</summary>
internal sealed class StepRates(Recipe recipe, int vocabulary, int extraRouterMatrices)
{
    private const int MeasureEvery = 50;

    private readonly MatrixRate _rate = new();
    private readonly Utilisation _utilisation = new(recipe, vocabulary, extraRouterMatrices);

    /// <summary>Measures the machine before the first step, and now and then later.</summary>
    public void Measure(int step, int first)
    {
        if (step == first || step % MeasureEvery == 0)
            _rate.Measure();
    }

    /// <summary>Adds the times of a step to its row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="outcome">The step.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="total">Seconds of all steps so far.</param>
    public void Add(MetricRow row, StepOutcome outcome, double seconds, double total)
    {
        row["seconds/step"] = seconds;
        row["time"] = total;
        row["tokens_per_second"] = outcome.Tokens / seconds;
        row["newton_schulz/share"] = outcome.Seconds.GetValueOrDefault("newton_schulz") / seconds;
        row["routing/share"] = (outcome.Seconds.GetValueOrDefault("balancer") + outcome.Seconds.GetValueOrDefault("metrics")) / seconds;
        row["utilisation"] = _utilisation.Of(outcome.Tokens, outcome.Choices, outcome.Seconds["forward"] + outcome.Seconds["backward"], _rate.FlopsPerSecond);
    }
}
