using MoELab.Interop.Torch;

namespace MoELab.Contracts;

/// <summary>Which tokens go to which experts, without gradients.</summary>
/// <param name="Token_N">int64 [N]: the token of each choice.</param>
/// <param name="Expert_N">int64 [N]: the expert of each choice.</param>
/// <param name="TopK">K when every token has exactly K choices laid out token after token (N = T·K), 0 otherwise.</param>
public sealed record RouterChoice(Tensor Token_N, Tensor Expert_N, int TopK)
{
    /// <summary>int64 [E]: how many choices each expert got, where the router counted on its way; null elsewhere.</summary>
    public Tensor? Counts_E { get; init; }

    /// <summary>Whether each choice is known to name an expert that exists, so that nobody has to read it to find out.</summary>
    internal bool IsKnown { get; init; }

    /// <summary>The choice of a top-k router.</summary>
    public static RouterChoice FromTopK(Tensor expert_TK)
    {
        var (tokens, k) = (expert_TK.shape[0], (int)expert_TK.shape[1]);
        using var token_T = Indices.Below(tokens, expert_TK.device);
        return new RouterChoice(token_T.repeat_interleave(k), expert_TK.reshape(-1), k);
    }
}

/// <summary>A router's decision for one micro-batch of one layer.</summary>
/// <param name="Scores_TE">float32 [T, E], with gradients: what auxiliary losses and metrics look at (before bias).</param>
/// <param name="Choice">The choice, without gradients.</param>
/// <param name="Gates_N">float32 [N], with gradients: the weight of each choice.</param>
public sealed record RouterOutput(Tensor Scores_TE, RouterChoice Choice, Tensor Gates_N)
{
    /// <summary>A loss that belongs to the router itself (ReMoE's L1 term), already weighted; null for most.</summary>
    public Tensor? Penalty { get; init; }

    /// <summary>
    /// float32 [T, E], without gradients: what the bias was added to when choosing, where that is not <see cref="Scores_TE"/> (logits, noisy logits,
    /// a transport plan); null where it is, or where nothing was chosen. Minus infinity stands where an expert was out of the token's reach.
    /// </summary>
    public Tensor? Selection_TE { get; init; }

    /// <summary>float32 [T, E], with gradients: the standard deviation of the noise that went into the choice; null where none did.</summary>
    public Tensor? NoiseScale_TE { get; init; }
}
