namespace MoELab.Plugins.Lion;

/// <summary>
/// Lion (arXiv 2302.06675, algorithm 2): <c>W -= lr·(sign(β1 m + (1-β1) g) + decay·W)</c>, then <c>m = β2 m + (1-β2) g</c>.
/// State: <c>momentum</c>, of the parameter's shape.
/// </summary>
[Plugin("lion", "The sign of an interpolated momentum")]
public sealed class Lion(LionOptions options) : IOptimizer
{
    private const string Momentum = "momentum";

    public double LearningRate => options.Lr;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => new(parameters, Momentum);

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step)
    {
        using var noGrad = torch.no_grad();
        foreach (var parameter in parameters.Where(p => p.Value.grad is not null))
        {
            using var scope = torch.NewDisposeScope();
            var (gradient, momentum) = (parameter.Value.grad!, state.Get(parameter, Momentum));
            var direction = (momentum * options.Beta1).add_(gradient, alpha: 1 - options.Beta1).sign_();
            if (options.WeightDecay != 0 && (parameter.IsMatrix || options.DecayVectors))
                parameter.Value.mul_(1 - (learningRate * options.WeightDecay));
            parameter.Value.add_(direction, alpha: -learningRate);
            momentum.mul_(options.Beta2).add_(gradient, alpha: 1 - options.Beta2);
        }
        state.Steps++;
    }
}
