namespace MoELab.Training.Steps;

/// <summary>What one optimizer step did, on the host.</summary>
internal sealed record StepOutcome
{
    /// <summary>Cross-entropy per token, nats, mean over the step.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Cross-entropy plus every weighted auxiliary term.</summary>
    public required double TotalLoss { get; init; }

    /// <summary>Unweighted auxiliary losses by name.</summary>
    public required IReadOnlyDictionary<string, double> Auxiliary { get; init; }

    /// <summary>Cross-entropy of each micro-batch.</summary>
    public required IReadOnlyList<double> MicroLosses { get; init; }

    /// <summary>Cross-entropy and token count by domain.</summary>
    public required (double Sum, long Count)[] Domains { get; init; }

    /// <summary>Tokens of the step.</summary>
    public required long Tokens { get; init; }

    /// <summary>Global gradient norm before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Largest and mean LM-head logit of the first micro-batch.</summary>
    public required (double Largest, double Mean) Logits { get; init; }

    /// <summary>[layers, experts] training tokens per expert.</summary>
    public required long[,] Counts { get; init; }

    /// <summary>Choices of an expert by a token, over all layers.</summary>
    public long Choices => Counts.Cast<long>().Sum();

    /// <summary>Router details by layer, in the order of <see cref="RoutingCollector.DetailNames"/>.</summary>
    public required double[][] Details { get; init; }

    /// <summary>Norm of each layer's bias change.</summary>
    public required double[] BiasStepNorms { get; init; }

    /// <summary>[layers, experts] bias after the step.</summary>
    public required float[,] Bias { get; init; }

    /// <summary>Size of the weight change over the weights' size, by role; empty on steps where it is not measured.</summary>
    public required IReadOnlyDictionary<string, double> UpdateRatios { get; init; }

    /// <summary>Factor on the peak learning rates.</summary>
    public required double LearningRateFactor { get; init; }

    /// <summary>Seconds by phase.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Why weights and bias stayed as they were; null when they moved.</summary>
    public string? Skipped { get; init; }
}
