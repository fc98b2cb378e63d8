namespace MoELab.Contracts;

/// <summary>One micro-batch of one layer, as a router sees it.</summary>
public readonly record struct RouterInput
{
    /// <summary>float32 [T, E]: products of tokens and router vectors.</summary>
    public required Tensor Logits_TE { get; init; }

    /// <summary>float32 [E]: the layer's expert bias; never carries gradients.</summary>
    public required Tensor Bias_E { get; init; }

    /// <summary>int64 [T]: token ids.</summary>
    public required Tensor Ids_T { get; init; }

    /// <summary>int64 [T]: the domain of each token, an index below <see cref="Domains"/>; null where nobody knows (generation, a user's text).</summary>
    public Tensor? Domain_T { get; init; }

    /// <summary>Domains of the corpus; 0 where they are unknown.</summary>
    public int Domains { get; init; }

    /// <summary>Experts that a token uses.</summary>
    public required int TopK { get; init; }

    /// <summary>Factor on the normalised gates.</summary>
    public required double RouteScale { get; init; }

    /// <summary>Which MoE layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Whether this is a training micro-batch; noise and jitter act only then.</summary>
    public required bool Training { get; init; }

    /// <summary>Where the run stands.</summary>
    public required StepInfo Step { get; init; }

    /// <summary>Which micro-batch of the step over all ranks, from 0; a key for noise.</summary>
    public int MicroBatch { get; init; }

    /// <summary>float32 [T, E] products with each of <see cref="IRouter.ExtraMatrices"/>.</summary>
    public IReadOnlyDictionary<string, Tensor>? ExtraLogits { get; init; }

    /// <summary>The adaptive router's state, if it is one.</summary>
    public BalancerState? State { get; init; }

    /// <summary>
    /// A choice made before (activation checkpointing replays it): the router computes scores and gates for it and chooses nothing.
    /// </summary>
    public RouterChoice? Replay { get; init; }

    /// <summary>The layer's expert kernel where it also routes; null elsewhere.</summary>
    internal IRoutingKernel? Kernel { get; init; }

    /// <summary>
    /// int64 [L]: where <see cref="Kernel"/> reports logits that are not finite; with null it asks at once. Of each layer the least of
    /// <c>micro-batch * 2^48 + (token * E + expert) * 4 + kind</c> (the micro-batch at most 32766), kind 0 for NaN, 1 and 2 for plus and
    /// minus infinity; the largest int64 while there is none.
    /// </summary>
    internal Tensor? FirstNonFinite_L { get; init; }
}
