using MoELab.Interop.Torch;
using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>
/// Muon (Jordan, 2024) as Trinity uses it: <c>B = μB + g</c>, <c>U = orthogonalise(g + μB)</c>, <c>W -= lr·scale·U</c> with decoupled weight decay.
/// Every matrix by itself: each expert, and gate and up of a fused projection, never flattened. State: <c>momentum</c>, of the parameter's shape.
/// </summary>
[Plugin("muon", "Momentum orthogonalised by Newton-Schulz, per matrix")]
public sealed class Muon(MuonOptions options) : IOptimizer, IOptimizerTimings
{
    private readonly OrthogonalMomentum _orthogonal = new("muon", options.Momentum, options.Coefficients, options.Steps);

    public double LearningRate => options.Lr;
    public TimeSpan OrthogonalizationTime => _orthogonal.Time;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => _orthogonal.CreateState(parameters);

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step) =>
        _orthogonal.Step(parameters, state, average: false, options.Nesterov, (parameter, directions) =>
        {
            if (options.WeightDecay != 0)
            {
                using var kept = Scalars.Once(1 - (learningRate * options.WeightDecay));
                parameter.Value.mul_(kept);
            }
            using var rate = Scalars.Once(-learningRate * Scale(parameter));
            parameter.Value.add_(directions.view(parameter.Value.shape), alpha: rate);
        });

    private double Scale(Parameter parameter) => options.Scale switch
    {
        MuonScale.MatchRms => 0.2 * Math.Sqrt(Math.Max(parameter.FanOut, parameter.FanIn)),
        _ => Math.Sqrt(Math.Max(1, (double)parameter.FanOut / parameter.FanIn)),
    };
}
