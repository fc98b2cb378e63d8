using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>
/// MuonH, Muon on a hyperball (marin, "Agent MoE Experiment", 2026): the direction of <see cref="Muon"/>, <c>U = orthogonalise(g + μB)</c> with <c>B =
/// μB + g</c>, in a step whose length is a share of the weight's norm and that keeps this norm (<see cref="Hyperball"/>). Every matrix by itself: each
/// expert, and gate and up of a fused projection. State: <c>momentum</c>, of the parameter's shape.
/// </summary>
[Plugin("muonh", "Muon's direction in a step that keeps the norm of every matrix (hyperball)")]
public sealed class MuonH(MuonHOptions options) : IOptimizer, IOptimizerTimings
{
    private readonly OrthogonalMomentum _orthogonal = new("muonh", options.Momentum, options.Coefficients, options.Steps);

    public double LearningRate => options.Lr;
    public TimeSpan OrthogonalizationTime => _orthogonal.Time;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => _orthogonal.CreateState(parameters);

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step) =>
        _orthogonal.Step(parameters, state, average: false, options.Nesterov,
            (parameter, directions) => Hyperball.Step(parameter, directions, learningRate, options.NormScope));
}
