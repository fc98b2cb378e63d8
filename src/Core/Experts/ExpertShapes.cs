namespace MoELab.Experts;

/// <summary>What every kernel checks before it touches memory.</summary>
internal static class ExpertShapes
{
    /// <exception cref="ArgumentException">A tensor has the wrong shape; the message names it and both shapes.</exception>
    internal static void Check(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        if (x_TD.dim() != 2)
            throw new ArgumentException($"x_TD has shape {Text(x_TD.shape)}; expected [tokens, width]", nameof(x_TD));
        if (weights.W2_EDF.dim() != 3)
            throw new ArgumentException($"W2_EDF has shape {Text(weights.W2_EDF.shape)}; expected [experts, {x_TD.shape[1]}, inner width]",
                nameof(weights));
        long d = x_TD.shape[1], e = weights.W2_EDF.shape[0], f = weights.W2_EDF.shape[2];
        Fits(x_TD, nameof(x_TD), plan.Tokens, d);
        Fits(weights.W2_EDF, nameof(weights.W2_EDF), e, d, f);
        Fits(weights.W13_EGD, nameof(weights.W13_EGD), e, 2 * f, d);
        Fits(gates_N, nameof(gates_N), plan.RowChoice_N.shape[0]);
        if (plan.Counts.Count != e)
            throw new ArgumentException($"the plan counts {plan.Counts.Count} experts; "
                + $"expected {e}, the first extent of W2_EDF {Text(weights.W2_EDF.shape)}", nameof(plan));
        Computes(weights.W13_EGD, nameof(weights.W13_EGD), x_TD.dtype);
        Computes(weights.W2_EDF, nameof(weights.W2_EDF), x_TD.dtype);
        if (gates_N.dtype != torch.ScalarType.Float32)
            throw new ArgumentException($"gates_N is {gates_N.dtype}; expected Float32", nameof(gates_N));
    }

    private static void Computes(Tensor tensor, string name, torch.ScalarType expected)
    {
        if (tensor.dtype != expected)
            throw new ArgumentException($"{name} is {tensor.dtype}; expected {expected}, as x_TD", name);
    }

    private static void Fits(Tensor tensor, string name, params ReadOnlySpan<long> expected)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(expected))
            throw new ArgumentException($"{name} has shape {Text(tensor.shape)}; expected {Text(expected)}", name);
    }

    private static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
