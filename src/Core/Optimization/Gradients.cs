using MoELab.Interop.Torch;

namespace MoELab.Optimization;

/// <summary>Global norm and clipping of gradients, without gradients of their own.</summary>
public static class Gradients
{
    /// <summary>Euclidean norm over all gradients; parameters without one count as zero. Reads the device once.</summary>
    public static double GlobalNorm(IReadOnlyList<Parameter> parameters)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var norms = parameters.Select(p => p.Value.grad).OfType<Tensor>().Select(g => g.norm()).ToList();
        return norms.Count == 0 ? 0 : torch.stack(norms).to(torch.ScalarType.Float64).norm().item<double>();
    }

    /// <summary>Scales all gradients in place so that their global norm is at most <paramref name="limit"/>.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="norm">Their global norm, from <see cref="GlobalNorm"/>.</param>
    /// <param name="limit">The largest norm allowed.</param>
    public static void Clip(IReadOnlyList<Parameter> parameters, double norm, double limit)
    {
        if (norm <= limit)
            return;
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var factor = Scalars.Once((float)(limit / norm));
        foreach (var gradient in parameters.Select(p => p.Value.grad).OfType<Tensor>())
            gradient.mul_(factor);
    }
}
