namespace MoELab.Parallel.Mpi;

/// <summary>
/// Ranks that are processes started by <c>mpirun</c>, through Open MPI, which is looked for when the group is made (<c>MOELAB_MPI</c> may name its
/// library). It takes tensors of the host, in one call at most 2^31 - 1 elements.
/// </summary>
public sealed class MpiGroup : ProcessGroup
{
    private static readonly TimeSpan TimeToRead = TimeSpan.FromMilliseconds(200);

    private readonly Queue<MpiCall> _begun = new();
    private readonly bool _isWorld;
    private string? _failure;
    private long _calls;
    private bool _left;

    private MpiGroup(nint parent, int colour, int key, TimeSpan timeout, bool check, bool isWorld) : this(MpiLibrary.Split(parent, colour, key), timeout, check) => _isWorld = isWorld;

    private MpiGroup(nint handle, TimeSpan timeout, bool check) : base(MpiLibrary.Rank(handle), MpiLibrary.Size(handle), anyDevice: false)
    {
        (Handle, GatherHandle, CheckHandle) = (handle, MpiLibrary.Split(handle, 0, Rank), MpiLibrary.Split(handle, 0, Rank));
        (Timeout, Checks) = (timeout, check && Size > 1);
    }

    internal nint Handle { get; }

    internal nint GatherHandle { get; }

    internal nint CheckHandle { get; }

    internal TimeSpan Timeout { get; }

    internal bool Checks { get; }

    /// <summary>Joins the job that this process was started in; once for each process. Without <c>mpirun</c> the group has one rank.</summary>
    /// <param name="timeout">How long a call waits for the other ranks before it fails; 10 minutes by default.</param>
    /// <param name="check">
    /// Whether ranks tell one another what they call: then ranks that disagree get a sentence, and a call that runs out of time names the ranks that are
    /// missing. It costs one small message to each rank for each call; groups that come from this one do the same.
    /// </param>
    /// <exception cref="InputException">There is no Open MPI here, or this process has joined before.</exception>
    public static MpiGroup Join(TimeSpan? timeout = null, bool check = true)
    {
        var time = CollectiveTime.Of(timeout);
        lock (MpiLibrary.Gate)
        {
            MpiLibrary.Begin();
            return new MpiGroup(MpiLibrary.World, 0, MpiLibrary.Rank(MpiLibrary.World), time, check, isWorld: true);
        }
    }

    /// <summary>
    /// Joins, runs the code as this rank and leaves. If the code throws, the sentence goes to standard error and every process of the job ends with
    /// exit code 1: the others would wait for this one.
    /// </summary>
    /// <param name="body">The code; it gets its rank of the group.</param>
    /// <param name="timeout">As in <see cref="Join"/>.</param>
    /// <param name="check">As in <see cref="Join"/>.</param>
    public static void Run(Action<MpiGroup> body, TimeSpan? timeout = null, bool check = true)
    {
        ArgumentNullException.ThrowIfNull(body);
        var world = Join(timeout, check);
        try
        {
            body(world);
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"rank {world.Rank}: {(e is MoELabException ? e.Message : e)}");
            Console.Error.Flush();
            // What mpirun has not read yet is lost with the job.
            Thread.Sleep(TimeToRead);
            MpiLibrary.Abort(1);
            throw;
        }
        world.Dispose();
    }

    /// <summary>Waits for a call, and before it for those that began before it.</summary>
    internal void Finish(MpiCall call)
    {
        while (!call.Done)
        {
            if (_failure is not null)
                throw new CollectiveException(_failure);
            try
            {
                _failure = _begun.Peek().End();
            }
            catch (CollectiveException e)
            {
                _failure = e.Message;
            }
            if (_failure is null)
                _begun.Dequeue();
        }
    }

    private protected override ICollective Start(Collective call)
    {
        ObjectDisposedException.ThrowIf(_left || MpiLibrary.HasEnded, this);
        if (_failure is not null)
            throw new CollectiveException(_failure);
        lock (MpiLibrary.Gate)
        {
            var begun = new MpiCall(this, call, ++_calls);
            _begun.Enqueue(begun);
            return begun;
        }
    }

    private protected override IProcessGroup Split(RankPlaces places)
    {
        // MPI's own split waits for ever; after this call all ranks are here, with the same places.
        Start(new Collective { Kind = CollectiveKind.Split, Places = places }).Wait();
        var (colour, key) = places[Rank];
        MpiGroup part;
        lock (MpiLibrary.Gate)
            part = new MpiGroup(Handle, colour, key, Timeout, Checks, isWorld: false);
        return part.Size == places.Members(colour).Length ? part
            : throw new CollectiveException($"split: the group of rank {Rank} has {part.Size} ranks and not {places.Members(colour).Length}, because ranks were placed differently by others");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_left)
            return;
        _left = true;
        try
        {
            while (_begun.TryPeek(out var call))
                Finish(call);
        }
        catch (CollectiveException)
        {
            // It has data under way that nobody will take: MPI would wait for them.
        }
        if (_failure is not null || MpiLibrary.HasEnded)
            return;
        lock (MpiLibrary.Gate)
        {
            foreach (var handle in (ReadOnlySpan<nint>)[CheckHandle, GatherHandle, Handle])
                MpiLibrary.Free(handle);
            if (_isWorld)
                MpiLibrary.End();
        }
    }
}
