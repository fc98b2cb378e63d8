namespace MoELab.Training.Steps;

/// <summary>One rank's part of a step: all ranks read equally many sequences, in equally many micro-batches.</summary>
/// <param name="Micros">Number of micro-batches.</param>
/// <param name="Sequences">Sequences of each.</param>
internal readonly record struct StepShare(int Micros, int Sequences)
{
    /// <exception cref="InputException">So many ranks cannot share the step evenly.</exception>
    public static StepShare Of(long tokens, TrainingRecipe training, int ranks)
    {
        var mine = tokens / ranks;
        var micro = Math.Min(mine, training.MicroBatchTokens);
        if (tokens % ranks != 0 || micro < training.SequenceLength || micro % training.SequenceLength != 0 || mine % micro != 0)
            throw new InputException($"training.tokens_per_step: {ranks} ranks cannot share {tokens} tokens evenly in sequences of {training.SequenceLength} "
                + $"and micro-batches of {training.MicroBatchTokens}; expected a multiple of {ranks} times micro_batch_tokens");
        return new StepShare((int)(mine / micro), (int)(micro / training.SequenceLength));
    }

    /// <summary>Checks that the ranks a recipe asks for can share its steps and the workers of its data.</summary>
    /// <exception cref="InputException">They cannot.</exception>
    public static void Check(Recipe recipe)
    {
        var ranks = recipe.Training.Ranks;
        Check(recipe.Training, ranks);
        if (recipe.Data.Workers % ranks != 0)
            throw new InputException($"data.workers: {recipe.Data.Workers} is not divisible by training.ranks, which is {ranks}; expected a multiple of it");
    }

    /// <summary>Checks every size of step that the recipe has.</summary>
    /// <exception cref="InputException">So many ranks cannot share a step evenly.</exception>
    public static void Check(TrainingRecipe training, int ranks)
    {
        foreach (var tokens in training.BatchSteps.Values.Append(training.TokensPerStep))
            Of(tokens, training, ranks);
    }
}
