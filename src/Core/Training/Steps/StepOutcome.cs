namespace MoELab.Training.Steps;

/// <summary>What one optimizer step did, on the host.</summary>
/// <param name="Losses">The losses over micro-batches and ranks.</param>
/// <param name="Tokens">Tokens of the step.</param>
/// <param name="GradientNorm">Global gradient norm before clipping.</param>
/// <param name="Counts">[layers, experts] training tokens per expert, null experts included.</param>
/// <param name="Details">Router details by layer, in the order of <see cref="RoutingCollector.DetailNames"/>.</param>
/// <param name="BiasStepNorms">Norm of each layer's bias change.</param>
/// <param name="Bias">[layers, experts] bias after the step.</param>
/// <param name="UpdateRatios">Size of the weight change over the weights' size, by role; empty on steps where it is not measured.</param>
/// <param name="LearningRateFactor">Factor on the peak learning rates.</param>
/// <param name="Seconds">Seconds by phase.</param>
/// <param name="Skipped">Why weights and bias were not changed; null if they were.</param>
internal sealed record StepOutcome(StepLosses Losses, long Tokens, double GradientNorm, long[,] Counts, double[][] Details, double[] BiasStepNorms,
    float[,] Bias, IReadOnlyDictionary<string, double> UpdateRatios, double LearningRateFactor, IReadOnlyDictionary<string, double> Seconds,
    string? Skipped)
{
    /// <summary>How many of the counts' columns, the last ones, are null experts.</summary>
    public int NullExperts { get; init; }

    /// <summary>Choices of a null expert by a token, over all layers.</summary>
    public long NullChoices => Enumerable.Range(0, Counts.GetLength(0))
        .Sum(l => Enumerable.Range(Counts.GetLength(1) - NullExperts, NullExperts).Sum(e => Counts[l, e]));

    /// <summary>Choices of an expert by a token, over all layers; those of null experts are none.</summary>
    public long Choices => Counts.Cast<long>().Sum() - NullChoices;
}
