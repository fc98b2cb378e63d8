namespace MoELab.Contracts;

/// <summary>How values of ranks combine.</summary>
public enum ReduceOp
{
    /// <summary>Their sum, in rank order.</summary>
    Sum,

    /// <summary>The largest.</summary>
    Max,
}

/// <summary>Ranks that compute one run together. Losses, counts and gradients pass through it, with one process too.</summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>Processes in the group.</summary>
    int Size { get; }

    /// <summary>Combines a contiguous tensor over ranks, in place.</summary>
    void AllReduce(Tensor tensor, ReduceOp op);

    /// <summary>Overwrites a contiguous tensor with the root's.</summary>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits for every rank.</summary>
    void Barrier();
}
