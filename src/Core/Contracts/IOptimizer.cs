namespace MoELab.Contracts;

/// <summary>Moves parameters along their gradients. It has no state of its own: everything that it remembers is in named tensors.</summary>
public interface IOptimizer
{
    /// <summary>Peak learning rate; the trainer's schedule multiplies it.</summary>
    double LearningRate { get; }

    /// <summary>A new state for these parameters: named tensors, initially zero, keyed <c>parameter/name</c>.</summary>
    OptimizerState CreateState(IReadOnlyList<Parameter> parameters);

    /// <summary>Performs one step in place, without recording gradients. A parameter without a gradient is not changed.</summary>
    /// <param name="parameters">The same list as at creation.</param>
    /// <param name="state">Its state.</param>
    /// <param name="learningRate">Scheduled learning rate of this step.</param>
    /// <param name="step">The position in the run.</param>
    void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step);
}
