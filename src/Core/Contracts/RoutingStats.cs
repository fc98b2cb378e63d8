namespace MoELab.Contracts;

/// <summary>What a balancer may ask for; collected per step and summed over ranks once.</summary>
[Flags]
public enum RoutingStatsKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Tokens per expert.</summary>
    Counts = 1,

    /// <summary>
    /// Histogram, per expert, of the bias that a token would still need to choose it; for routers that choose a token's K largest of all experts.
    /// </summary>
    ScoreHistogram = 2,

    /// <summary>The same numbers one by one: exact, and 4 bytes for each token, layer and expert.</summary>
    Margins = 4,

    /// <summary>Every token's scores; 4 bytes for each token, layer and expert.</summary>
    Scores = 8,
}

/// <summary>
/// The routing of one optimizer step, all layers at once, training tokens only (no evaluation, no padding, no recomputation),
/// summed over micro-batches and ranks. Shapes: L MoE layers, E experts.
/// </summary>
/// <param name="Counts_LE">int64 [L, E]: tokens routed to each expert.</param>
/// <param name="Tokens">Tokens that each layer saw.</param>
/// <param name="TopK">Experts that a token uses.</param>
/// <param name="Histogram">The histogram, when asked for.</param>
public readonly record struct RoutingStats(Tensor Counts_LE, long Tokens, int TopK, MarginHistogram? Histogram = null)
{
    /// <summary>
    /// For each layer float32 [tokens, E], when asked for: how much more bias would have let the expert in (see <see cref="MarginHistogram"/>), plus
    /// infinity where no bias would have.
    /// </summary>
    public IReadOnlyList<Tensor>? Margins { get; init; }

    /// <summary>For each layer float32 [tokens, E], when asked for: <see cref="RouterOutput.Scores_TE"/>, without gradients.</summary>
    public IReadOnlyList<Tensor>? Scores { get; init; }
}

/// <summary>
/// For each layer and expert, how much more bias would have let the expert in, token by token: the cutoff, which is the (K+1)-th largest biased score
/// of the token, less the expert's own biased score. Below 0 the expert was chosen. Tokens that could not reach the expert at all are in no bin.
/// </summary>
/// <param name="Bins_LEB">int64 [L, E, B] counts.</param>
/// <param name="Edges_C">
/// float64 [B + 1]: the bins' edges in ascending order, in units of what the router chooses by; narrow around 0 and wide far from it. What lies
/// beyond the outermost counts in the outermost bin.
/// </param>
public sealed record MarginHistogram(Tensor Bins_LEB, Tensor Edges_C);
