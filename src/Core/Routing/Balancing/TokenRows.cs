namespace MoELab.Routing.Balancing;

// L MoE layers, T tokens of all micro-batches, E experts, R ranks.

/// <summary>Rows [T, E] of each layer, collected over the micro-batches of a step and then over ranks; 4 bytes for each token, layer and expert.</summary>
internal sealed class TokenRows(int layers, int experts) : IDisposable
{
    private readonly List<Tensor>[] _parts_L = [.. Enumerable.Range(0, layers).Select(_ => new List<Tensor>())];

    /// <summary>Adds a micro-batch's rows, float32 [T, E], which it owns from now on.</summary>
    public void Add(int layer, Tensor row_TE) => _parts_L[layer].Add(row_TE.DetachFromDisposeScope());

    /// <summary>The rows of each layer, [R T, E], of all ranks in rank order; they belong to the caller.</summary>
    public IReadOnlyList<Tensor> Gather(IProcessGroup group)
    {
        using var noGrad = torch.no_grad();
        return [.. _parts_L.Select(parts => Gather(parts, group))];
    }

    public void Dispose()
    {
        foreach (var part in _parts_L.SelectMany(p => p))
            part.Dispose();
    }

    private Tensor Gather(List<Tensor> parts, IProcessGroup group)
    {
        using var scope = torch.NewDisposeScope();
        var mine_TE = parts.Count == 0 ? torch.zeros(0, experts) : torch.cat(parts, 0);
        if (group.Size == 1)
            return mine_TE.MoveToOuterDisposeScope();
        // All ranks read equally many tokens.
        var all_RTE = torch.empty([group.Size, mine_TE.shape[0], mine_TE.shape[1]], dtype: torch.ScalarType.Float32);
        group.AllGather(all_RTE, mine_TE.cpu().contiguous());
        all_RTE = all_RTE.to(mine_TE.device);
        return all_RTE.reshape(-1, mine_TE.shape[1]).MoveToOuterDisposeScope();
    }
}
