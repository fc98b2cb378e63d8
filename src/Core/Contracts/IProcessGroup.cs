namespace MoELab.Contracts;

/// <summary>How values of ranks combine.</summary>
public enum ReduceOp
{
    /// <summary>Their sum, in rank order.</summary>
    Sum,

    /// <summary>The largest; NaN if there is one.</summary>
    Max,

    /// <summary>The smallest; NaN if there is one.</summary>
    Min,
}

/// <summary>A call of an <see cref="IProcessGroup"/> that has begun.</summary>
public interface ICollective
{
    /// <summary>Waits until the call is done on this rank; a second time it returns at once. Handles may be waited for in any order, and each must be.</summary>
    /// <exception cref="RunException">The call failed, or did not end within the group's time.</exception>
    void Wait();
}

/// <summary>
/// Ranks that compute one run together. Losses, counts and gradients pass through it, with one process too. Every rank makes the same calls in the
/// same order. Tensors are contiguous float32, float64, bfloat16 or int64; each implementation says whether it takes tensors of a device. Sums add
/// in rank order (bfloat16 in float32, rounded once), so every rank gets the same bits, each time and from each implementation. A wrong argument is
/// an <see cref="InputException"/>; ranks that disagree, that fail or that do not come in time end the call, and the group's use, with a
/// <see cref="RunException"/>.
/// </summary>
/// <remarks>Each call has a form that waits and one (<c>Start</c>) that returns at once: until its <see cref="ICollective.Wait"/> has returned, the
/// tensors belong to the call. A group is used by one thread at a time.</remarks>
public interface IProcessGroup : IDisposable
{
    /// <summary>This rank, from 0.</summary>
    int Rank { get; }

    /// <summary>Ranks in the group.</summary>
    int Size { get; }

    /// <summary>Combines a tensor over ranks, in place: every rank gets the result. All ranks pass the same shape.</summary>
    void AllReduce(Tensor tensor, ReduceOp op);

    /// <summary>Puts the inputs of all ranks, of one shape, after one another in rank order: the output holds <see cref="Size"/> times as many elements.</summary>
    void AllGather(Tensor output, Tensor input);

    /// <summary>Combines the inputs over ranks and gives each rank its part: rank r gets the r-th of <see cref="Size"/> equal parts.</summary>
    void ReduceScatter(Tensor output, Tensor input, ReduceOp op);

    /// <summary>Sends each rank some rows. The input's rows for rank 0 come first, then those for rank 1; the output's rows lie in the order of their senders.</summary>
    /// <param name="output">Rows received, [sum of <paramref name="outputRows"/>, ...].</param>
    /// <param name="input">Rows to send, [sum of <paramref name="inputRows"/>, ...]; must not share memory with the output.</param>
    /// <param name="outputRows">Rows that come from each rank; 0 is allowed.</param>
    /// <param name="inputRows">Rows that go to each rank; 0 is allowed.</param>
    void AllToAll(Tensor output, Tensor input, ReadOnlySpan<long> outputRows, ReadOnlySpan<long> inputRows);

    /// <summary>Overwrites a tensor with the root's. All ranks pass the same shape.</summary>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits for every rank.</summary>
    void Barrier();

    /// <summary>Begins <see cref="AllReduce"/>.</summary>
    ICollective StartAllReduce(Tensor tensor, ReduceOp op);

    /// <summary>Begins <see cref="AllGather"/>.</summary>
    ICollective StartAllGather(Tensor output, Tensor input);

    /// <summary>Begins <see cref="ReduceScatter"/>.</summary>
    ICollective StartReduceScatter(Tensor output, Tensor input, ReduceOp op);

    /// <summary>Begins <see cref="AllToAll"/>.</summary>
    ICollective StartAllToAll(Tensor output, Tensor input, ReadOnlySpan<long> outputRows, ReadOnlySpan<long> inputRows);

    /// <summary>Begins <see cref="Broadcast"/>.</summary>
    ICollective StartBroadcast(Tensor tensor, int root);

    /// <summary>Begins <see cref="Barrier"/>.</summary>
    ICollective StartBarrier();

    /// <summary>Divides the ranks into groups; every rank calls it and gets the one that it belongs to, which it disposes.</summary>
    /// <param name="place">
    /// Each rank's colour (from 0) and key, the same function on every rank: ranks of one colour form a group, ordered by key, and by rank where keys are equal.
    /// </param>
    IProcessGroup Split(Func<int, (int Colour, int Key)> place);
}
