namespace MoELab.Contracts;

/// <summary>Where an auxiliary loss looks.</summary>
public enum AuxiliaryLossSite
{
    /// <summary>At each MoE layer's router.</summary>
    Router,

    /// <summary>At the LM head's logits.</summary>
    Head,
}

/// <summary>A loss beside the cross-entropy, with gradients. The trainer adds <see cref="Weight"/> times the sum over layers.</summary>
public interface IAuxiliaryLoss
{
    /// <summary>Where it looks; at every router by default.</summary>
    AuxiliaryLossSite Site => AuxiliaryLossSite.Router;

    /// <summary>Its weight in the total loss.</summary>
    double Weight { get; }

    /// <summary>
    /// Names of <see cref="IRouter.ExtraMatrices"/> that the loss needs (<c>load</c> needs the noise of noisy top-k); a recipe whose router lacks one
    /// is rejected.
    /// </summary>
    IReadOnlyList<string> RouterMatrices => [];

    /// <summary>
    /// Steps whose counts <see cref="AuxiliaryLossInput.StepCounts_E"/> adds up: this one so far and those trained before it, if there were as many.
    /// At most 10,000, since the trainer keeps each step's counts and writes them into checkpoints.
    /// </summary>
    int CountSteps => 1;

    /// <summary>
    /// The unweighted loss of one micro-batch (of one layer, at a router): a float32 scalar with gradients, a mean over tokens or sequences.
    /// </summary>
    Tensor Compute(in AuxiliaryLossInput input);
}

/// <summary>What an auxiliary loss sees.</summary>
public readonly record struct AuxiliaryLossInput
{
    /// <summary>float32 [T, E] router logits, or [T, V] LM-head logits.</summary>
    public required Tensor Logits { get; init; }

    /// <summary>The router's decision; null at the head.</summary>
    public RouterOutput? Router { get; init; }

    /// <summary>Sequences in the micro-batch; T is a multiple.</summary>
    public required int Sequences { get; init; }

    /// <summary>Experts that a token uses.</summary>
    public required int TopK { get; init; }

    /// <summary>float32 [E]: the layer's expert bias, without gradients; null at the head, or for zeros.</summary>
    public Tensor? Bias_E { get; init; }

    /// <summary>
    /// int64 [E]: tokens per expert in this step so far on this rank, this micro-batch included, and of all ranks in the steps before it that
    /// <see cref="IAuxiliaryLoss.CountSteps"/> asks for; null at the head.
    /// </summary>
    public Tensor? StepCounts_E { get; init; }
}
