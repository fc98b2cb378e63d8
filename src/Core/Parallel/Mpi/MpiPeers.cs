using System.Runtime.InteropServices;

namespace MoELab.Parallel.Mpi;

/// <summary>Each rank tells each other one what it is about to call: so ranks that disagree are told how, and those that do not come are known.</summary>
internal sealed unsafe class MpiPeers
{
    private const int Bytes = CallSignature.Length * sizeof(long);

    private readonly int _rank;
    private readonly nint[] _sends, _receives;
    private readonly CallSignature[] _mine;
    private readonly byte* _room;

    public MpiPeers(Collective call, long sequence, int rank, int size, nint group)
    {
        (_rank, _sends, _receives, _mine) = (rank, new nint[size], new nint[size], new CallSignature[size]);
        _room = (byte*)NativeMemory.Alloc((nuint)(2 * size * Bytes));
        for (var peer = 0; peer < size; peer++)
        {
            if (peer == rank)
                continue;
            _mine[peer] = CallSignature.Of(call, sequence, peer);
            _mine[peer].Numbers.CopyTo(new Span<long>(_room + (peer * Bytes), CallSignature.Length));
            _receives[peer] = MpiLibrary.Receive(Theirs(peer), CallSignature.Length, peer, sizeof(long), group);
            _sends[peer] = MpiLibrary.Send(_room + (peer * Bytes), CallSignature.Length, peer, sizeof(long), group);
        }
    }

    /// <summary>Waits for what the others call.</summary>
    /// <returns>A sentence about ranks that did not come or call something else; null if all is well.</returns>
    public string? Wait(string call, TimeSpan timeout, long deadline)
    {
        int[] missing = [.. Others(_receives).Where(peer => !MpiWaiting.Until(_receives[peer], deadline))];
        foreach (var peer in Others(_receives).Except(missing))
        {
            var theirs = new CallSignature(new Span<long>(Theirs(peer), CallSignature.Length).ToArray());
            var (low, high) = peer < _rank ? ((peer, theirs), (_rank, _mine[peer])) : ((_rank, _mine[peer]), (peer, theirs));
            if (CallSignature.Difference(low.Item1, low.Item2, high.Item1, high.Item2) is { } difference)
                return difference;
        }
        if (missing.Length > 0)
            return CollectiveTime.Missing(call, timeout, missing);
        foreach (var peer in Others(_sends))
        {
            if (!MpiWaiting.Until(_sends[peer], deadline))
                return CollectiveTime.Missing(call, timeout, [peer]);
        }
        NativeMemory.Free(_room);
        return null;
    }

    private IEnumerable<int> Others(nint[] requests) => Enumerable.Range(0, requests.Length).Where(peer => peer != _rank);

    private byte* Theirs(int peer) => _room + ((_sends.Length + peer) * Bytes);
}
