using MoELab.Recipes.Lengths;

namespace MoELab.Optimization;

/// <summary>
/// Warm-up, stable, decay (WSD): the factor on every peak learning rate, over training tokens. The warm-up rises linearly with the tokens
/// read at a step's end, so the first step trains; the decay falls with those read at its beginning and reaches
/// <see cref="TrainingRecipe.FinalLr"/> when the last token is read, so the last step trains too. Valid for any number of steps from 1 up.
/// </summary>
/// <param name="training">Warm-up, decay, shape and last value.</param>
/// <param name="timeline">The positions of the steps on the axis of tokens.</param>
public sealed class LearningRateSchedule(TrainingRecipe training, TrainingTimeline timeline)
{
    /// <summary>The schedule of a whole run.</summary>
    public LearningRateSchedule(TrainingRecipe training) : this(training, new TrainingTimeline(training)) { }

    /// <summary>Tokens of the warm-up; at most all.</summary>
    public double WarmupTokens { get; } = timeline.FromStart(training.Warmup);

    /// <summary>Tokens of the decay; at most what the warm-up leaves.</summary>
    public double DecayTokens { get; } = Math.Min(timeline.FromEnd(training.Decay, oneIsShare: true),
        timeline.TotalTokens - timeline.FromStart(training.Warmup));

    /// <summary>The factor at a step, from 1.</summary>
    public double At(int step)
    {
        var (before, after) = (timeline.TokensBefore(step), timeline.TokensBefore(step + 1));
        if (after < WarmupTokens)
            return after / WarmupTokens;
        var left = timeline.TotalTokens - before;
        if (left >= DecayTokens)
            return 1;
        var done = 1 - (Math.Max(0, left) / DecayTokens);
        var shape = training.DecayShape switch
        {
            DecayShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * done)),
            // Haegele et al., arXiv 2405.18392, section 3.
            DecayShape.OneMinusSqrt => 1 - Math.Sqrt(done),
            _ => 1 - done,
        };
        return training.FinalLr + ((1 - training.FinalLr) * shape);
    }
}
