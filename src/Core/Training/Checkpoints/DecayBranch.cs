using MoELab.Recipes.Lengths;
using MoELab.Runs.Folder;

namespace MoELab.Training.Checkpoints;

/// <summary>
/// A decay branched from a run that trains at a constant rate: the recipe of a run that continues from one of its checkpoints and only lets
/// the learning rate fall. One stable run serves any number of lengths (arXiv 2405.18392).
/// </summary>
public static class DecayBranch
{
    /// <summary>The recipe of the branch: that of the checkpoint, <c>training.start_from</c> set, with as many steps more as the decay has.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="step">The checkpoint's step; null takes the newest complete one.</param>
    /// <param name="decay">The decay's length: steps, tokens, or a share of what the run had read by then.</param>
    /// <exception cref="InputException">No such checkpoint, it is damaged, or the decay has no step.</exception>
    public static Recipe Of(string run, int? step, Extent decay)
    {
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"));
        if (step is { } wanted && !store.Steps.Contains(wanted))
            throw new InputException($"run '{Path.GetFileName(run)}' has no checkpoint of step {wanted}; "
                + $"{(store.Steps.Count == 0 ? "there is none yet" : $"there are: {string.Join(", ", store.Steps.Order())}")}");
        var start = StartingPoint.At(step is { } at ? store.At(at) : run);
        var training = start.Recipe.Training;
        var timeline = new TrainingTimeline(training, TrainingCheckpoint.Past(start.Step, start.State));
        var read = timeline.TokensBefore(start.Step + 1);
        var steps = decay.IsSteps() ? decay.Value : Math.Ceiling(
            (decay.IsShare() ? decay.Value * read : decay.Value) / timeline.TokensAt(start.Step + 1));
        if (steps is < 1 or > 100_000_000)
            throw new InputException($"decay: {decay} comes to {steps:0} steps; expected 1 to 100000000");
        return start.Recipe with
        {
            Name = $"{start.Recipe.Name}-decay",
            Training = training with { StartFrom = start.Folder, Steps = start.Step + (int)steps, Decay = new Extent(steps, ExtentUnit.Steps) },
        };
    }
}
