namespace MoELab.Parallel;

/// <summary>What the groups of this library share: arguments are checked here, so that a mistake is the same mistake everywhere, with one rank too.</summary>
public abstract class ProcessGroup : IProcessGroup
{
    private readonly bool _anyDevice;

    private protected ProcessGroup(int rank, int size, bool anyDevice) => (Rank, Size, _anyDevice) = (rank, size, anyDevice);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor, ReduceOp op) => StartAllReduce(tensor, op).Wait();

    /// <inheritdoc/>
    public void AllGather(Tensor output, Tensor input) => StartAllGather(output, input).Wait();

    /// <inheritdoc/>
    public void ReduceScatter(Tensor output, Tensor input, ReduceOp op) => StartReduceScatter(output, input, op).Wait();

    /// <inheritdoc/>
    public void AllToAll(Tensor output, Tensor input, ReadOnlySpan<long> outputRows, ReadOnlySpan<long> inputRows) =>
        StartAllToAll(output, input, outputRows, inputRows).Wait();

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root) => StartBroadcast(tensor, root).Wait();

    /// <inheritdoc/>
    public void Barrier() => StartBarrier().Wait();

    /// <inheritdoc/>
    public ICollective StartAllReduce(Tensor tensor, ReduceOp op) =>
        Checked(new Collective { Kind = CollectiveKind.AllReduce, Output = tensor, Input = tensor, Op = op });

    /// <inheritdoc/>
    public ICollective StartAllGather(Tensor output, Tensor input) =>
        Checked(new Collective { Kind = CollectiveKind.AllGather, Output = output, Input = input });

    /// <inheritdoc/>
    public ICollective StartReduceScatter(Tensor output, Tensor input, ReduceOp op) =>
        Checked(new Collective { Kind = CollectiveKind.ReduceScatter, Output = output, Input = input, Op = op });

    /// <inheritdoc/>
    public ICollective StartAllToAll(Tensor output, Tensor input, ReadOnlySpan<long> outputRows, ReadOnlySpan<long> inputRows) =>
        Checked(new Collective { Kind = CollectiveKind.AllToAll, Output = output, Input = input, OutputRows = outputRows.ToArray(), InputRows = inputRows.ToArray() });

    /// <inheritdoc/>
    public ICollective StartBroadcast(Tensor tensor, int root) =>
        Checked(new Collective { Kind = CollectiveKind.Broadcast, Output = tensor, Input = tensor, Root = root });

    /// <inheritdoc/>
    public ICollective StartBarrier() => Start(new Collective { Kind = CollectiveKind.Barrier });

    /// <inheritdoc/>
    public IProcessGroup Split(Func<int, (int Colour, int Key)> place) => Split(new RankPlaces(Size, place));

    /// <summary>Leaves the group.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins a call whose arguments are right.</summary>
    private protected abstract ICollective Start(Collective call);

    /// <summary>The group of this rank's colour.</summary>
    private protected abstract IProcessGroup Split(RankPlaces places);

    /// <summary>Leaves the group.</summary>
    protected abstract void Dispose(bool disposing);

    private ICollective Checked(Collective call)
    {
        CollectiveRules.Check(call, Rank, Size, _anyDevice);
        return Start(call);
    }
}
