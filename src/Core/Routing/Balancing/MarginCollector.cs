using MoELab.Interop.Torch;

namespace MoELab.Routing.Balancing;

// L MoE layers, T tokens of all micro-batches, E experts, R ranks.

/// <summary>
/// Collects <see cref="RoutingStats.Margins"/> over the micro-batches of a step: every margin, not a histogram of them, so it needs 4 bytes for each
/// token, layer and expert until the step ends.
/// </summary>
public sealed class MarginCollector : IDisposable
{
    private readonly TokenRows _rows;
    private readonly Tensor _bias_LE;
    private readonly int _topK;

    /// <summary>An empty collection for one step. The bias, float32 [L, E], is copied.</summary>
    public MarginCollector(Tensor bias_LE, int topK)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        using var noGrad = torch.no_grad();
        (_bias_LE, _topK) = (bias_LE.detach().to(torch.ScalarType.Float32, copy: true).DetachFromDisposeScope(), topK);
        _rows = new TokenRows((int)bias_LE.shape[0], (int)bias_LE.shape[1]);
    }

    /// <summary>Adds one micro-batch of one layer.</summary>
    /// <param name="layer">MoE layer, from 0.</param>
    /// <param name="scores_TE">float32 [T, E]: what the bias was added to; minus infinity where a token cannot reach an expert.</param>
    public void Add(int layer, Tensor scores_TE)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var biased_TE = scores_TE.detach().to(torch.ScalarType.Float32).add(_bias_LE[layer].to(scores_TE.device), Scalars.One);
        var (best, _) = biased_TE.topk((int)Math.Min(_topK + 1, biased_TE.shape[1]), -1);
        var cutoff_T1 = best.narrow(1, best.shape[1] - 1, 1);
        // A token that reaches no more than K experts has no cutoff, and one that cannot reach an expert is let in by no bias.
        var known_TE = cutoff_T1.isfinite().logical_and(biased_TE.isfinite());
        var margin_TE = torch.where(known_TE, cutoff_T1 - biased_TE, torch.full_like(biased_TE, Scalars.Of(float.PositiveInfinity)));
        _rows.Add(layer, margin_TE);
    }

    /// <summary>The margins of each layer, [R T, E], of all ranks in rank order; they belong to the caller.</summary>
    public IReadOnlyList<Tensor> Build(IProcessGroup group) => _rows.Gather(group);

    /// <inheritdoc/>
    public void Dispose()
    {
        _bias_LE.Dispose();
        _rows.Dispose();
    }
}
