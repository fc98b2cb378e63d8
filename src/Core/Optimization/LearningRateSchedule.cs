using MoELab.Recipes;

namespace MoELab.Optimization;

/// <summary>
/// Warm-up, constant, decay: the factor on every peak learning rate. Warm-up is linear from above zero; decay ends at
/// <see cref="TrainingRecipe.FinalLr"/> at the last step. Valid for any number of steps from 1 up.
/// </summary>
/// <param name="training">Steps, warm-up, decay, shape and last value.</param>
public sealed class LearningRateSchedule(TrainingRecipe training)
{
    /// <summary>Steps of the warm-up; at least 0, at most all.</summary>
    public int WarmupSteps { get; } = Steps(training.Warmup, training.Steps, training.Warmup >= 1);

    /// <summary>Steps of the decay; what the warm-up leaves at most.</summary>
    public int DecaySteps { get; } = Math.Min(Steps(training.Decay, training.Steps, training.Decay > 1), training.Steps - Steps(training.Warmup, training.Steps, training.Warmup >= 1));

    /// <summary>The factor at a step, from 1.</summary>
    public double At(int step)
    {
        if (step <= WarmupSteps)
            return step / (double)WarmupSteps;
        var left = training.Steps - step;
        if (left >= DecaySteps)
            return 1;
        var done = 1 - (Math.Max(0, left) / (double)DecaySteps);
        var shape = training.DecayShape == DecayShape.Linear ? 1 - done : 0.5 * (1 + Math.Cos(Math.PI * done));
        return training.FinalLr + ((1 - training.FinalLr) * shape);
    }

    // Rounded before the ceiling: 0.07 * 100 is a little more than 7 in floating point.
    private static int Steps(double value, int steps, bool absolute) =>
        (int)Math.Min(steps, absolute ? Math.Round(value) : Math.Ceiling(Math.Round(value * steps, 6)));
}
