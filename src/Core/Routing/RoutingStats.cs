namespace MoELab.Routing;

/// <summary>What a balancer may ask for; collected per step and summed over ranks once.</summary>
[Flags]
public enum RoutingStatsKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Tokens per expert.</summary>
    Counts = 1,

    /// <summary>Sum of each expert's scores.</summary>
    ScoreMeans = 2,

    /// <summary>Histogram, per expert, of the bias that a token would need to choose it.</summary>
    ScoreHistogram = 4,
}

/// <summary>
/// The routing of one optimizer step, all layers at once, training tokens only (no evaluation, no padding, no recomputation),
/// summed over micro-batches and ranks. Shapes: L MoE layers, E experts.
/// </summary>
/// <param name="Counts_LE">int64 [L, E]: tokens routed to each expert.</param>
/// <param name="Tokens">Tokens that each layer saw.</param>
/// <param name="TopK">Experts that a token uses.</param>
/// <param name="ScoreSums_LE">float32 [L, E]: sum of scores, when asked for.</param>
/// <param name="Histogram">The histogram, when asked for.</param>
public readonly record struct RoutingStats(Tensor Counts_LE, long Tokens, int TopK, Tensor? ScoreSums_LE = null, MarginHistogram? Histogram = null);

/// <summary>
/// For each layer and expert, how far the token's cutoff stood above the expert's own score: the bias that would have let the
/// expert in. The cutoff is the (K+1)-th largest biased score of the token.
/// </summary>
/// <param name="Bins_LEB">int64 [L, E, B] counts.</param>
/// <param name="Low">Lower edge of the first bin.</param>
/// <param name="High">Upper edge of the last bin.</param>
public sealed record MarginHistogram(Tensor Bins_LEB, double Low, double High);
