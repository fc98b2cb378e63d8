namespace MoELab.Training.Steps;

/// <summary>One optimizer of a run with the parameters that it moves and what it remembers of them.</summary>
internal sealed record OptimizerSlot(string Name, IOptimizer Optimizer, IReadOnlyList<Parameter> Parameters, OptimizerState State) : IDisposable
{
    public void Dispose() => State.Dispose();
}
