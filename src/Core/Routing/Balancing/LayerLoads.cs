using MoELab.Interop.Torch;

namespace MoELab.Routing.Balancing;

// L MoE layers, E experts.

/// <summary>
/// The counts of one step in the form that balancers compute with: float64, with the mean per layer, and with a mask that keeps
/// layers without tokens as they are. Tensors belong to the caller's dispose scope.
/// </summary>
/// <param name="Counts_LE">float64 [L, E]: tokens per expert.</param>
/// <param name="Mean_L1">float64 [L, 1]: their mean, 1 where a layer had no tokens.</param>
/// <param name="Present_L1">bool [L, 1]: whether the layer had tokens.</param>
public readonly record struct LayerLoads(Tensor Counts_LE, Tensor Mean_L1, Tensor Present_L1)
{
    /// <summary>Reads the counts of a step.</summary>
    public static LayerLoads Of(in RoutingStats stats, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var counts_LE = stats.Counts_LE.detach().to(torch.ScalarType.Float64, device, copy: true);
        var mean_L1 = counts_LE.mean([-1], keepdim: true);
        var present_L1 = mean_L1.gt(Scalars.Zero);
        mean_L1 = mean_L1.add(present_L1.logical_not().to(torch.ScalarType.Float64), Scalars.One);
        return new LayerLoads(counts_LE.MoveToOuterDisposeScope(), mean_L1.MoveToOuterDisposeScope(), present_L1.MoveToOuterDisposeScope());
    }

    /// <summary>float64 [L, E]: the violation <c>(mean - n) / mean</c>, at most 1, positive where an expert has too few tokens.</summary>
    public Tensor Violation_LE()
    {
        using var scope = torch.NewDisposeScope();
        return ((Mean_L1 - Counts_LE) / Mean_L1).MoveToOuterDisposeScope();
    }

    /// <summary>Writes values into the layers that had tokens and leaves the others untouched.</summary>
    /// <param name="target_LE">A tensor of the balancer's state, float32 [L, E].</param>
    /// <param name="value_LE">The new values, any floating type.</param>
    public void Store(Tensor target_LE, Tensor value_LE)
    {
        using var scope = torch.NewDisposeScope();
        target_LE.copy_(torch.where(Present_L1, value_LE.to(target_LE.dtype), target_LE));
    }
}
