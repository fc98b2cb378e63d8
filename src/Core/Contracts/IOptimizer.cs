namespace MoELab.Contracts;

/// <summary>Moves parameters along their gradients. Holds no state of its own: what it remembers is in named tensors.</summary>
public interface IOptimizer
{
    /// <summary>Peak learning rate; the trainer's schedule multiplies it.</summary>
    double LearningRate { get; }

    /// <summary>A fresh state for these parameters: named tensors, zero at first, keyed <c>parameter/name</c>.</summary>
    OptimizerState CreateState(IReadOnlyList<Parameter> parameters);

    /// <summary>One step in place, without gradients. A parameter without a gradient stays as it is.</summary>
    /// <param name="parameters">The same list as at creation.</param>
    /// <param name="state">Its state.</param>
    /// <param name="learningRate">Scheduled learning rate of this step.</param>
    /// <param name="step">Where the run stands.</param>
    void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step);
}
