using MoELab.Interop.Torch;
using MoELab.Randomness;

namespace MoELab.Routing.Routers;

// T tokens, E experts, K chosen.

/// <summary>
/// Hash layers (Roller et al., arXiv 2106.04426): a fixed random table, one per layer, gives each token id K different experts. Nothing is learned
/// about the choice; the bias has no effect. Gates are 1/K each (or normalised scores, on request) times the route scale.
/// </summary>
[Plugin("hash", "A fixed random table from token ids to experts (Hash layers)")]
public sealed class HashRouter(HashRouterOptions options) : BuiltInRouter(FixedGates.KindOf(options.Gate), ScoreKind.None)
{
    private protected override RouterOutput Decide(in RouterInput input) => FixedGates.Weigh(input, Choose, options.Gate);

    private RouterChoice Choose(in RouterInput input)
    {
        var ids = HostMemory.Copy<long>(input.Ids_T, torch.ScalarType.Int64);
        var (k, experts) = (input.TopK, (int)input.Logits_TE.shape[1]);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, experts);
        var chosen = new long[ids.Length * k];
        var table = new Philox(options.Salt, "hash-router", $"layer {input.Layer}");
        for (var t = 0; t < ids.Length; t++)
        {
            // A row of the table starts at a place of its own in the stream, so that an id's experts do not depend on other ids.
            table.Position = (ulong)ids[t] * 4 * (ulong)k;
            var row = chosen.AsSpan(t * k, k);
            for (var j = 0; j < k; j++)
            {
                long expert = table.NextInt(experts);
                while (row[..j].Contains(expert))
                    expert = table.NextInt(experts);
                row[j] = expert;
            }
        }
        return RouterChoice.FromTopK(torch.tensor(chosen, [ids.Length, k], device: input.Logits_TE.device));
    }
}
