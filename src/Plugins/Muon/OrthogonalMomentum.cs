using System.Diagnostics;
using MoELab.Interop.Torch;
using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>Shared by Muon, NorMuon and MuonH: a momentum per parameter, and the orthogonalisation of all of them together.</summary>
internal sealed class OrthogonalMomentum(string optimizer, double momentum, NewtonSchulzCoefficients coefficients, int steps)
{
    private const string Momentum = "momentum";

    internal TimeSpan Time { get; private set; }

    internal OptimizerState CreateState(IReadOnlyList<Parameter> parameters)
    {
        if (parameters.FirstOrDefault(p => !p.IsMatrix) is { } vector)
            throw new InputException($"optimizer.groups.{Names.Snake(vector.Role.ToString())}: '{optimizer}' orthogonalises matrices, "
                + $"but '{vector.Name}' is a vector; expected an optimizer such as 'adamw'");
        return new(parameters, Momentum);
    }

    /// <summary>Updates the momenta, orthogonalises them, and moves each parameter that has a gradient.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="state">Their momenta.</param>
    /// <param name="average">Whether the momentum is an average, <c>B = μB + (1 - μ)g</c>, instead of a sum, <c>B = μB + g</c>.</param>
    /// <param name="nesterov">Whether the gradient is counted once more.</param>
    /// <param name="move">Moves a parameter by its directions [matrices, fan-out, fan-in].</param>
    internal void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, bool average, bool nesterov, Action<Parameter, Tensor> move)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var moved = parameters.Where(p => p.Value.grad is not null).ToArray();
        foreach (var (parameter, directions_BMN) in moved.Zip(Directions(moved, state, average, nesterov)))
            move(parameter, directions_BMN);
        state.Steps++;
    }

    private IReadOnlyList<Tensor> Directions(IReadOnlyList<Parameter> parameters, OptimizerState state, bool average, bool nesterov)
    {
        var (decay, weight) = (Scalars.Of(momentum), Scalars.Of(average ? 1 - momentum : 1));
        var inputs = new Tensor[parameters.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var (gradient, buffer) = (parameters[i].Value.grad!, state.Get(parameters[i], Momentum));
            buffer.mul_(decay).add_(gradient, alpha: weight);
            inputs[i] = parameters[i].AsMatrices(nesterov ? (buffer * decay).add_(gradient, alpha: weight) : buffer);
        }
        var watch = Stopwatch.StartNew();
        var directions = NewtonSchulz.Orthogonalize(inputs, coefficients, steps);
        Time += watch.Elapsed;
        return directions;
    }
}
