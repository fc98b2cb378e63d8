namespace MoELab.Plugins.AuxLoss;

// E experts.

/// <summary>How much the experts' shares vary.</summary>
internal static class Variation
{
    /// <summary>The squared coefficient of variation: population variance over the squared mean; a scalar with gradients, 0 if all are 0.</summary>
    /// <param name="value_E">float32 [E], not negative.</param>
    public static Tensor Squared(Tensor value_E)
    {
        using var scope = torch.NewDisposeScope();
        var mean = value_E.mean();
        return ((value_E - mean).square().mean() / (mean.square() + 1e-20)).MoveToOuterDisposeScope();
    }
}
