// Shapes: B matrices in a stack, M rows (fan-out), N columns (fan-in).
using MoELab.Interop.Torch;

namespace MoELab.Optimization;

/// <summary>
/// The hyperball step of marin's MuonH and AdamH (2026): a weight moves by a share of its own Frobenius norm, and gets that norm back,
/// <c>W' = W - lr·U·‖W‖/‖U‖</c>, then <c>W = W'·‖W‖/‖W'‖</c>. So the length of a direction U means nothing, the learning rate is the share of the norm
/// that a step is long, and weight decay has nothing to act on. Norms are sums in float64, which keeps them over a long run.
/// </summary>
public static class Hyperball
{
    /// <summary>Moves a parameter in place, without recording gradients. A norm of 0, of the weight or of the direction, moves nothing.</summary>
    /// <param name="parameter">A matrix, or a stack of them.</param>
    /// <param name="direction">U, with as many elements as the parameter, in its order.</param>
    /// <param name="learningRate">The length of the step, as a share of the weight's norm.</param>
    /// <param name="normScope">Whose norm is kept.</param>
    public static void Step(Parameter parameter, Tensor direction, double learningRate, NormScope normScope)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var (weight_BMN, u_BMN) = (Stack(parameter.Value), Stack(direction));
        var (norm_B11, length_B11) = (Norm(weight_BMN), Norm(u_BMN));
        using var rate = Scalars.Once(learningRate);
        weight_BMN.sub_(u_BMN * Ratio(norm_B11 * rate, length_B11, 0));
        weight_BMN.mul_(Ratio(norm_B11, Norm(weight_BMN), 1));

        Tensor Stack(Tensor tensor) => normScope == NormScope.Tensor ? tensor.reshape(1, 1, -1) : parameter.AsMatrices(tensor);
    }

    /// <summary>Rejects vectors, whose norm (a gain's, say) is what they have to learn.</summary>
    /// <exception cref="InputException">One of the parameters is a vector.</exception>
    public static void RequireMatrices(IReadOnlyList<Parameter> parameters, string optimizer)
    {
        if (parameters.FirstOrDefault(p => !p.IsMatrix) is { } vector)
            throw new InputException($"optimizer.groups.{Names.Snake(vector.Role.ToString())}: '{optimizer}' keeps the norm of matrices, "
                + $"but '{vector.Name}' is a vector; expected an optimizer such as 'adamw'");
    }

    private static Tensor Norm(Tensor stack_BMN) => stack_BMN.pow(Scalars.Two).sum([1, 2], keepdim: true, type: torch.ScalarType.Float64).sqrt_();

    private static Tensor Ratio(Tensor above_B11, Tensor below_B11, double whereZero) =>
        torch.where(below_B11.gt(Scalars.Zero), above_B11 / below_B11, torch.full_like(below_B11, Scalars.Of(whereZero))).to(torch.ScalarType.Float32);
}
