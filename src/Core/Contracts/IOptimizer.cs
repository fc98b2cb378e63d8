namespace MoELab.Contracts;

/// <summary>Moves parameters along their gradients. It has no state of its own: everything that it remembers is in named tensors.</summary>
public interface IOptimizer
{
    /// <summary>Peak learning rate; the trainer's schedule multiplies it.</summary>
    double LearningRate { get; }

    /// <summary>A new state for these parameters: named tensors, initially zero, keyed <c>parameter/name</c>.</summary>
    OptimizerState CreateState(IReadOnlyList<Parameter> parameters);

    /// <summary>
    /// Performs one step in place with the scheduled learning rate, without recording gradients, for the parameters of the state. A parameter without
    /// a gradient is not changed.
    /// </summary>
    void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step);
}
