using MoELab.Interop.Torch;

namespace MoELab.Routing;

/// <summary>Stops a run whose router scores are no longer finite. Cheap: one read of the scores.</summary>
public static class RouterGuard
{
    /// <summary>Throws unless every score is finite.</summary>
    /// <exception cref="NonFiniteScoresException">The first token and expert with a NaN or an infinity.</exception>
    public static void RequireFinite(Tensor scores_TE, int layer)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var host_TE = scores_TE.detach();
        if (!HostMemory.IsReadable(host_TE))
        {
            if (host_TE.isfinite().all().item<bool>())
                return;
            host_TE = host_TE.cpu().contiguous();
        }
        var values = HostMemory.Of<float>(host_TE);
        var index = HostMemory.FirstNonFinite(values);
        if (index >= 0)
            throw new NonFiniteScoresException(layer, index / host_TE.shape[1], index % host_TE.shape[1], values[index]);
    }
}
