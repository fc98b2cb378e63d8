using MoELab.Interop.Torch;

namespace MoELab.Routing;

// T tokens, E experts, K chosen per token, N choices.

/// <summary>From scores and a choice to the weights of the choice, with gradients; for choices of K per token and for free ones.</summary>
public static class Gates
{
    /// <summary>Added to the sum of scores before the division, as the released AFMoE code does.</summary>
    public const double Epsilon = 1e-20;

    /// <summary>float32 [N]: the entry of each choice.</summary>
    public static Tensor Pick(Tensor scores_TE, RouterChoice choice)
    {
        using var scope = torch.NewDisposeScope();
        var picked_N = choice.TopK > 0
            ? scores_TE.gather(1, choice.Expert_N.view(-1, choice.TopK)).reshape(-1)
            : scores_TE.reshape(-1).index_select(0, (choice.Token_N * Scalars.Of(scores_TE.shape[1])).add(choice.Expert_N, Scalars.One));
        return picked_N.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Divides each choice's weight by the sum over its token's choices. They must not be negative; those of a token then sum to 1.
    /// </summary>
    public static Tensor Normalise(Tensor picked_N, RouterChoice choice, long tokens)
    {
        using var scope = torch.NewDisposeScope();
        if (choice.TopK > 0)
        {
            var picked_TK = picked_N.view(-1, choice.TopK);
            return (picked_TK / picked_TK.sum(-1, keepdim: true).add(Scalars.Of(Epsilon), Scalars.One)).reshape(-1).MoveToOuterDisposeScope();
        }
        var sum_T = torch.zeros(tokens, dtype: picked_N.dtype, device: picked_N.device).index_add(0, choice.Token_N, picked_N, Scalars.One);
        return (picked_N / sum_T.index_select(0, choice.Token_N).add(Scalars.Of(Epsilon), Scalars.One)).MoveToOuterDisposeScope();
    }

    /// <summary>The gates of a router whose scores are sigmoids: picked, divided by their sum if asked, times the route scale.</summary>
    public static Tensor Weigh(Tensor scores_TE, RouterChoice choice, bool normalise, double routeScale)
    {
        using var scope = torch.NewDisposeScope();
        var picked_N = Pick(scores_TE, choice);
        var gates_N = normalise ? Normalise(picked_N, choice, scores_TE.shape[0]) : picked_N;
        return (gates_N * Scalars.Of(routeScale)).MoveToOuterDisposeScope();
    }

    /// <summary>int64 [E]: how many choices each expert got; a tensor of its own.</summary>
    public static Tensor Count(RouterChoice choice, int experts) => choice.Counts_E?.clone() ?? torch.bincount(choice.Expert_N, minlength: experts);

    /// <summary>Moves what a router made out of its scope; a replayed choice stays with its owner.</summary>
    internal static RouterOutput MoveOut(RouterOutput output, RouterChoice? replay)
    {
        DisposeScopes.MoveOut(output.Scores_TE, output.Gates_N, output.Penalty, output.Selection_TE, output.NoiseScale_TE);
        if (!ReferenceEquals(output.Choice, replay))
            DisposeScopes.MoveOut(output.Choice.Token_N, output.Choice.Expert_N, output.Choice.Counts_E);
        return output;
    }
}
