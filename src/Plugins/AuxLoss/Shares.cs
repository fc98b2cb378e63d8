using MoELab.Interop.Torch;
using MoELab.Routing;

namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts, S sequences.

/// <summary>What the losses share: shares of scores, with gradients, counts of choices, without, and what is made of them.</summary>
internal static class Shares
{
    /// <summary>float32 [T, E]: <c>s / sum s</c> of each token; zeros if all scores are zero.</summary>
    public static Tensor OfScores(Tensor scores_TE) => scores_TE / scores_TE.sum(-1, keepdim: true).add(Scalars.Of(Gates.Epsilon), Scalars.One);

    /// <summary>float32 [S, E]: choices of each expert within each sequence.</summary>
    public static Tensor Counts(RouterChoice choice, int sequences, long tokens, long experts)
    {
        using var scope = torch.NewDisposeScope();
        using var length = Scalars.Once(tokens / sequences);
        var sequence_N = choice.Token_N.floor_divide(length);
        var place_N = (sequence_N * Scalars.Of(experts)).add(choice.Expert_N, Scalars.One);
        // torch.bincount waits for the GPU; sums of ones are exact in any order.
        var count_SE = place_N.device_type == DeviceType.CPU
            ? torch.bincount(place_N, minlength: sequences * experts).to(torch.ScalarType.Float32)
            : torch.zeros(sequences * experts, dtype: torch.ScalarType.Float32, device: place_N.device)
                .index_add(0, place_N, torch.ones_like(place_N, dtype: torch.ScalarType.Float32), Scalars.One);
        return count_SE.view(sequences, experts).MoveToOuterDisposeScope();
    }

    /// <summary>float32 [S]: <c>E * sum_e f_e P_e</c> with <c>f = n / sum n</c>; 0 if nothing was chosen.</summary>
    /// <param name="count_SE">Counts n [S, E], without gradients.</param>
    /// <param name="share_SE">Score shares P [S, E], with gradients.</param>
    public static Tensor Product(Tensor count_SE, Tensor share_SE)
    {
        using var scope = torch.NewDisposeScope();
        var load_SE = count_SE * (Scalars.Of(count_SE.shape[1]) / count_SE.sum(-1, keepdim: true).clamp_min(Scalars.One));
        return (load_SE * share_SE).sum(-1).MoveToOuterDisposeScope();
    }

    /// <summary>The Switch loss of one micro-batch with the input's counts in place of its own; a scalar with gradients.</summary>
    /// <exception cref="ArgumentException">The counts are missing.</exception>
    public static Tensor WithStepCounts(in AuxiliaryLossInput input, string name)
    {
        if (input.StepCounts_E is not { } counts_E)
            throw new ArgumentException($"the loss '{name}' needs the counts of the step, but got none", nameof(input));
        using var scope = torch.NewDisposeScope();
        var router = Router(input, name);
        var share_1E = OfScores(router.Scores_TE).mean([0], keepdim: true);
        var count_1E = counts_E.detach().to(torch.ScalarType.Float32, router.Scores_TE.device).unsqueeze(0);
        return Product(count_1E, share_1E).sum().MoveToOuterDisposeScope();
    }

    /// <summary>The squared coefficient of variation: population variance over the squared mean; a scalar with gradients, 0 if all are 0.</summary>
    /// <param name="value_E">float32 [E], not negative.</param>
    public static Tensor Variation(Tensor value_E)
    {
        using var scope = torch.NewDisposeScope();
        var mean = value_E.mean();
        return ((value_E - mean).pow(Scalars.Two).mean() / mean.pow(Scalars.Two).add(Scalars.Of(1e-20), Scalars.One)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over tokens of the squared logsumexp of their logits.</summary>
    public static Tensor SquaredLogSumExp(Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        return torch.logsumexp(logits.to(torch.ScalarType.Float32), -1).pow(Scalars.Two).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The router's output; throws one sentence if it is missing.</summary>
    public static RouterOutput Router(in AuxiliaryLossInput input, string name) =>
        input.Router ?? throw new ArgumentException($"the loss '{name}' needs a router's output, but got none", nameof(input));
}
