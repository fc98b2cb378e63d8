using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MoELab.Parallel.Mpi;

/// <summary>
/// A call of one rank. MPI only moves data: a reduction is an exchange of parts, the sum of this rank's part in rank order, and, where every rank
/// needs all of it, a gathering of the parts. What is moved last goes through a group of its own, so that ranks may begin and end calls in
/// different order.
/// </summary>
internal sealed unsafe class MpiCall : ICollective
{
    // Below, one message to each rank is faster than two.
    private const long SmallBytes = 1 << 16;

    private readonly MpiGroup _group;
    private readonly Collective _call;
    private readonly long _sequence;
    private readonly MpiPeers? _peers;
    private readonly int* _counts;
    private readonly long[] _partStarts;
    private byte* _received;
    private nint _request;

    public MpiCall(MpiGroup group, Collective call, long sequence)
    {
        if (Math.Max(call.Input?.numel() ?? 0, call.Output?.numel() ?? 0) is > int.MaxValue and var most)
            throw new InputException($"{CollectiveRules.NameOf(call.Kind)}: {most} elements in one call; MPI counts to {int.MaxValue}, so make several calls");
        (_group, _call, _sequence) = (group, call.Hold(), sequence);
        var size = group.Size;
        _partStarts = [.. Enumerable.Range(0, size + 1).Select(r => call.Input is null ? 0 : call.Input.numel() / size * r + Math.Min(r, call.Input.numel() % size))];
        _counts = (int*)NativeMemory.AllocZeroed((nuint)(4 * size), sizeof(int));
        if (group.Checks)
            _peers = new MpiPeers(call, sequence, group.Rank, size, group.CheckHandle);
        _request = Begin();
    }

    public bool Done { get; private set; }

    public void Wait() => _group.Finish(this);

    /// <summary>Waits for the data. Only the group calls it, in the order in which calls began.</summary>
    /// <returns>A sentence about why it cannot be done; null when it is done.</returns>
    public string? End()
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(_group.Timeout.TotalSeconds * Stopwatch.Frequency);
        if (_peers?.Wait($"{this}", _group.Timeout, deadline) is { } problem)
            return problem;
        if (!MpiWaiting.Until(_request, deadline))
            return Late();
        if (_received is not null && Reduce() is var gathering && gathering != 0 && !MpiWaiting.Until(gathering, deadline))
            return Late();
        NativeMemory.Free(_received);
        NativeMemory.Free(_counts);
        _call.Release();
        Done = true;
        return null;
    }

    public override string ToString() => $"{CollectiveRules.NameOf(_call.Kind)}, call {_sequence} of the group,";

    private int Size => _group.Size;

    private bool IsGatheredWhole => _call.Input!.numel() * _call.ElementSize <= SmallBytes;

    private string Late() => $"{this} did not end within {_group.Timeout.TotalSeconds:0.###} s: "
        + (_peers is null ? "which ranks did not come is not known, because calls are not checked" : "all ranks have come, but one has stopped since");

    private nint Begin()
    {
        switch (_call.Kind)
        {
            case CollectiveKind.AllReduce when IsGatheredWhole:
                _received = Allocate(_call.Input!.numel() * Size);
                return Gather(_call.InputPointer, _received, Enumerable.Repeat(_call.Input.numel(), Size), _group.Handle);
            case CollectiveKind.AllReduce:
                var mine = _partStarts[_group.Rank + 1] - _partStarts[_group.Rank];
                _received = Allocate(mine * Size);
                return Exchange(_received, Parts(), Enumerable.Repeat(mine, Size));
            case CollectiveKind.ReduceScatter:
                _received = Allocate(_call.Input!.numel());
                return Exchange(_received, Parts(), Parts());
            case CollectiveKind.AllGather:
                return Gather(_call.InputPointer, _call.OutputPointer, Enumerable.Repeat(_call.Input!.numel(), Size), _group.Handle);
            case CollectiveKind.AllToAll:
                return Exchange(_call.OutputPointer, _call.InputRows.Select(r => r * _call.RowElements), _call.OutputRows.Select(r => r * _call.RowElements));
            case CollectiveKind.Broadcast:
                return MpiLibrary.Broadcast(_call.OutputPointer, (int)_call.Input!.numel(), _call.Root, _call.ElementSize, _group.Handle);
            default:
                return MpiLibrary.Barrier(_group.Handle);
        }
    }

    /// <returns>The request that gathers the parts; 0 if there is nothing to gather.</returns>
    private nint Reduce()
    {
        var (rank, elements) = (_group.Rank, _call.Input!.numel());
        var whole = _call.Kind == CollectiveKind.AllReduce && IsGatheredWhole;
        var part = whole ? elements : _partStarts[rank + 1] - _partStarts[rank];
        nint[] sources = [.. Enumerable.Range(0, Size).Select(r => (nint)(_received + (r * part * _call.ElementSize)))];
        var target = _call.OutputPointer + (whole || _call.Kind == CollectiveKind.ReduceScatter ? 0 : _partStarts[rank] * _call.ElementSize);
        Reduction.Combine(_call.Op, _call.Type, sources, [(nint)target], part);
        if (whole || _call.Kind == CollectiveKind.ReduceScatter)
            return 0;
        lock (MpiLibrary.Gate)
            return Gather((byte*)MpiLibrary.InPlace, _call.OutputPointer, Parts(), _group.GatherHandle);
    }

    private IEnumerable<long> Parts() => Enumerable.Range(0, Size).Select(r => _partStarts[r + 1] - _partStarts[r]);

    private nint Exchange(byte* output, IEnumerable<long> inputCounts, IEnumerable<long> outputCounts)
    {
        Fill(0, inputCounts);
        Fill(2, outputCounts);
        return MpiLibrary.AllToAll(_call.InputPointer, _counts, _counts + Size, output, _counts + (2 * Size), _counts + (3 * Size), _call.ElementSize, _group.Handle);
    }

    private nint Gather(byte* input, byte* output, IEnumerable<long> counts, nint group)
    {
        Fill(2, counts);
        return MpiLibrary.AllGather(input, input == MpiLibrary.InPlace ? 0 : _counts[(2 * Size) + _group.Rank], output, _counts + (2 * Size), _counts + (3 * Size), _call.ElementSize, group);
    }

    // Numbers of elements and, after them, where they start. MPI reads them until the call is done.
    private void Fill(int place, IEnumerable<long> counts)
    {
        var (rank, start) = (place * Size, 0L);
        foreach (var count in counts)
        {
            (_counts[rank], _counts[rank + Size]) = ((int)count, (int)start);
            start += count;
            rank++;
        }
    }

    private byte* Allocate(long elements) => (byte*)NativeMemory.Alloc((nuint)Math.Max(1, elements * _call.ElementSize));
}
