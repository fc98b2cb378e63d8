using MoELab.Optimization;

namespace MoELab.Plugins.AdamW;

/// <summary>
/// AdamH, Adam on a hyperball (marin, "Agent MoE Experiment", 2026): the direction of Adam, <c>U = m̂ / (√v̂ + ε)</c>, in a step whose length is a share of
/// the weight's norm and that keeps this norm (<see cref="Hyperball"/>). Marin uses it for the LM head, and for all matrices as the baseline of MuonH.
/// State: <c>first</c> and <c>second</c> moment, of the parameter's shape.
/// </summary>
[Plugin("adamh", "Adam's direction in a step that keeps the norm of every matrix (hyperball)")]
public sealed class AdamH(AdamHOptions options) : IOptimizer
{
    public double LearningRate => options.Lr;

    /// <exception cref="InputException">One of the parameters is a vector.</exception>
    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters)
    {
        Hyperball.RequireMatrices(parameters, "adamh");
        return AdamMoments.CreateState(parameters);
    }

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        state.Steps++;
        foreach (var group in parameters.Where(p => p.Value.grad is not null).GroupBy(p => p.Value.device.ToString()))
        {
            Parameter[] moved = [.. group];
            // A step of length 1 from zero is the direction, with the opposite sign.
            Tensor[] directions = [.. moved.Select(p => torch.zeros_like(p.Value, requires_grad: false))];
            AdamMoments.Step(moved, directions, state, learningRate: 1, (options.Beta1, options.Beta2), decay: 0, options.Eps);
            for (var i = 0; i < moved.Length; i++)
                Hyperball.Step(moved[i], directions[i], -learningRate, options.NormScope);
        }
    }
}
