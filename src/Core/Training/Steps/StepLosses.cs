namespace MoELab.Training.Steps;

/// <summary>What a step's losses come to over its micro-batches and all ranks.</summary>
/// <param name="CrossEntropy">Mean cross-entropy, nats per token.</param>
/// <param name="Total">The loss that was differentiated.</param>
/// <param name="Auxiliary">Each auxiliary loss by name, unweighted.</param>
/// <param name="MicroLosses">Cross-entropy of each micro-batch of all ranks, rank after rank.</param>
/// <param name="Domains">Sum of the losses and number of the tokens of each domain.</param>
/// <param name="Logits">Largest and mean logit of the first micro-batch.</param>
internal sealed record StepLosses(double CrossEntropy, double Total, IReadOnlyDictionary<string, double> Auxiliary,
    IReadOnlyList<double> MicroLosses, (double Sum, long Count)[] Domains, (double Largest, double Mean) Logits);
