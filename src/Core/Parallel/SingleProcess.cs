namespace MoELab.Parallel;

/// <summary>A group of one: every operation leaves the tensor as it is.</summary>
public sealed class SingleProcess : IProcessGroup
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor, ReduceOp op) { }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root) { }

    /// <inheritdoc/>
    public void Barrier() { }

    /// <inheritdoc/>
    public void Dispose() { }
}
