namespace MoELab.Plugins.AdamW;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101): Adam with bias correction and decoupled weight decay, all parameters in one
/// launch. State: <c>first</c> and <c>second</c> moment, of the parameter's shape.
/// </summary>
[Plugin("adamw", "Adam with decoupled weight decay")]
public sealed class AdamW(AdamWOptions options) : IOptimizer
{
    public double LearningRate => options.Lr;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => AdamMoments.CreateState(parameters);

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        state.Steps++;
        foreach (var group in parameters.Where(p => p.Value.grad is not null)
            .GroupBy(p => (Decays: p.IsMatrix || options.DecayVectors, Device: p.Value.device.ToString())))
        {
            Parameter[] moved = [.. group];
            AdamMoments.Step(moved, [.. moved.Select(p => p.Value)], state, learningRate, (options.Beta1, options.Beta2),
                group.Key.Decays ? options.WeightDecay : 0, options.Eps);
        }
    }
}
