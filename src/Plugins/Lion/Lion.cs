using MoELab.Interop.Torch;

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
        using var rate = Scalars.Once(-learningRate);
        using var kept = Scalars.Once(1 - (learningRate * options.WeightDecay));
        foreach (var parameter in parameters.Where(p => p.Value.grad is not null))
        {
            using var scope = torch.NewDisposeScope();
            var (gradient, momentum) = (parameter.Value.grad!, state.Get(parameter, Momentum));
            var direction = (momentum * Scalars.Of(options.Beta1)).add_(gradient, alpha: Scalars.Of(1 - options.Beta1)).sign_();
            if (options.WeightDecay != 0 && (parameter.IsMatrix || options.DecayVectors))
                parameter.Value.mul_(kept);
            parameter.Value.add_(direction, alpha: rate);
            momentum.mul_(Scalars.Of(options.Beta2)).add_(gradient, alpha: Scalars.Of(1 - options.Beta2));
        }
        state.Steps++;
    }
}
