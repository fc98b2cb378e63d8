// Shapes: B matrices in a stack, M rows (fan-out), N columns (fan-in).
using MoELab.Interop.Torch;
using MoELab.Optimization;

namespace MoELab.Plugins.Muon;

/// <summary>
/// NorMuon (arXiv 2510.05491, algorithm 1): Muon whose rows are divided by the root of their second moment, then brought to the RMS of AdamW: <c>M =
/// β1 M + (1-β1) g</c>, <c>O = orthogonalise(M)</c>, <c>v = β2 v + (1-β2) mean_row(O²)</c>, <c>Ô = O / √(v + ε)</c>, <c>W -= 0.2·lr·√(mn)/‖Ô‖ · Ô</c>
/// with decoupled weight decay, every matrix by itself. State: <c>momentum</c>, of the parameter's shape, and <c>row_moment</c> [matrices, fan-out].
/// </summary>
[Plugin("normuon", "Muon with a second moment per row")]
public sealed class NorMuon(NorMuonOptions options) : IOptimizer, IOptimizerTimings
{
    private const string RowMoment = "row_moment";
    private readonly OrthogonalMomentum _orthogonal = new("normuon", options.Momentum, options.Coefficients, options.Steps);

    public double LearningRate => options.Lr;
    public TimeSpan OrthogonalizationTime => _orthogonal.Time;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters)
    {
        var state = _orthogonal.CreateState(parameters);
        foreach (var parameter in parameters)
            state.Add(parameter, RowMoment, parameter.Value.numel() / (parameter.FanOut * parameter.FanIn), parameter.FanOut);
        return state;
    }

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step) =>
        _orthogonal.Step(parameters, state, average: true, options.Nesterov, (parameter, o_BMN) =>
        {
            var v_BM = state.Get(parameter, RowMoment);
            v_BM.mul_(Scalars.Of(options.Beta2)).add_(o_BMN.pow(Scalars.Two).mean([2]), alpha: Scalars.Of(1 - options.Beta2));
            o_BMN.div_(v_BM.add(Scalars.Of(options.Eps), Scalars.One).sqrt_().unsqueeze(2));
            var norm_B11 = o_BMN.pow(Scalars.Two).sum([1, 2], keepdim: true).sqrt_();
            // A matrix with zero gradient has no direction; its norm is 0.
            o_BMN.mul_(Scalars.Of(0.2 * Math.Sqrt(parameter.FanOut * parameter.FanIn))).div_(norm_B11.clamp_min_(Scalars.Of(1e-30f)));
            if (options.WeightDecay != 0)
            {
                using var kept = Scalars.Once(1 - (learningRate * options.WeightDecay));
                parameter.Value.mul_(kept);
            }
            using var rate = Scalars.Once(-learningRate);
            parameter.Value.add_(o_BMN.view(parameter.Value.shape), alpha: rate);
        });
}
