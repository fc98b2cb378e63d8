using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts, K chosen.

/// <summary>
/// Sends a share of the tokens to K given neighbouring experts, to see what a collapsed router does to a run; the other tokens
/// choose as with <see cref="SigmoidTopK"/>. Token t is forced where <c>floor((t + 1) * share)</c> passes <c>floor(t * share)</c>. Gates are the
/// normalised sigmoid scores of the chosen times the route scale.
/// </summary>
[Plugin("forced", "A share of tokens goes to given experts: a collapse on demand, for debugging")]
public sealed class ForcedRouter(ForcedRouterOptions options) : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.None)
{
    private protected override RouterOutput Decide(in RouterInput input) => FixedGates.Weigh(input, Choose, GateRule.Scores);

    private RouterChoice Choose(in RouterInput input)
    {
        var own_TK = TopK.Select(torch.sigmoid(input.Logits_TE.detach()), input.Bias_E, input.TopK);
        var chosen = HostMemory.Copy<long>(own_TK, torch.ScalarType.Int64);
        var (k, experts) = (input.TopK, input.Logits_TE.shape[1]);
        for (var t = 0; t < chosen.Length / k; t++)
        {
            if (Math.Floor((t + 1) * options.Share) <= Math.Floor(t * options.Share))
                continue;
            for (var j = 0; j < k; j++)
                chosen[(t * k) + j] = (options.Expert + j) % experts;
        }
        return RouterChoice.FromTopK(torch.tensor(chosen, own_TK.shape, device: own_TK.device));
    }
}
