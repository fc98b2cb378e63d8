namespace MoELab.Model;

/// <summary>What a forward pass needs besides tokens. The model keeps none of it.</summary>
public sealed record ForwardContext
{
    /// <summary>Whether this is a training micro-batch: router noise is active and blocks may be recomputed.</summary>
    public bool Training { get; init; }

    /// <summary>The position in the run.</summary>
    public StepInfo Step { get; init; }

    /// <summary>Index of the micro-batch in the step, from 0.</summary>
    public int MicroBatch { get; init; }

    /// <summary>float32 [MoE layers, experts]: the expert bias; zeros when null.</summary>
    public Tensor? Bias_LE { get; init; }

    /// <summary>int64 [T], T = B·S: the domain of each token, an index below <see cref="Domains"/>; null where it is unknown.</summary>
    public Tensor? Domain_T { get; init; }

    /// <summary>Domains of the corpus; 0 where they are unknown.</summary>
    public int Domains { get; init; }

    /// <summary>An adaptive router's state.</summary>
    public BalancerState? RouterState { get; init; }

    /// <summary>Losses at the routers; their unweighted sums over layers come back in <see cref="ModelOutput.RouterLosses"/>.</summary>
    public IReadOnlyList<IAuxiliaryLoss> RouterLosses { get; init; } = [];

    /// <summary>Receives every layer's decision once; never during recomputation.</summary>
    public IRoutingObserver? Observer { get; init; }

    /// <summary>Recompute each block in backward; the recomputation replays the saved choice of experts.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>
    /// int64 [MoE layers, experts] tokens per expert of the step so far; the model adds this micro-batch's before router losses look.
    /// </summary>
    public Tensor? StepCounts_LE { get; init; }

    /// <summary>
    /// By <see cref="IAuxiliaryLoss.CountSteps"/>, int64 [MoE layers, experts]: the sum of the counts of the steps before this one that such a loss sees too.
    /// </summary>
    public IReadOnlyDictionary<int, Tensor> EarlierCounts { get; init; } = new Dictionary<int, Tensor>();

    /// <summary>Measures the parts of the model; null outside a profile.</summary>
    internal PartClock? Parts { get; init; }

    /// <summary>Starts a part of the model; applies to the forward pass only.</summary>
    internal void Continue(string part) => Parts?.Continue(part);

    internal Tensor Begin(string part, Tensor x) => Parts is null ? x : Parts.Begin(part, x);
}

/// <summary>Receives every layer's routing decision once per forward pass.</summary>
public interface IRoutingObserver
{
    /// <summary>Called when a layer has decided. Layers count from 0; the logits are float32 [T, E].</summary>
    void Routed(int layer, Tensor logits_TE, RouterOutput output);
}

/// <summary>The result of a forward pass.</summary>
/// <param name="Logits_TV">float32 [T, V], T = B·S in row order.</param>
/// <param name="RouterLosses">For each loss of the context, its unweighted sum over MoE layers, a scalar with gradients.</param>
/// <param name="Penalty">Sum of the routers' own penalties, weighted; null when no router has one.</param>
public sealed record ModelOutput(Tensor Logits_TV, IReadOnlyList<Tensor> RouterLosses, Tensor? Penalty);
