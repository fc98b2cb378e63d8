namespace MoELab.Parallel;

/// <summary>Carries out a call of all ranks whose tensors are in this process.</summary>
internal static unsafe class HostCollectives
{
    public static void Run(IReadOnlyList<Collective> ranks)
    {
        var first = ranks[0];
        switch (first.Kind)
        {
            case CollectiveKind.AllReduce:
                nint[] all = [.. ranks.Select(r => (nint)r.InputPointer)];
                Reduction.Combine(first.Op, first.Type, all, all, first.Input!.numel());
                break;
            case CollectiveKind.AllGather:
                Each(ranks, (from, to) => Copy(ranks[from].InputPointer, ranks[to].OutputPointer + (from * Bytes(first)), Bytes(first)));
                break;
            case CollectiveKind.ReduceScatter:
                var part = first.Output!.numel();
                for (var rank = 0; rank < ranks.Count; rank++)
                {
                    nint[] sources = [.. ranks.Select(r => (nint)(r.InputPointer + (rank * part * r.ElementSize)))];
                    Reduction.Combine(first.Op, first.Type, sources, [(nint)ranks[rank].OutputPointer], part);
                }
                break;
            case CollectiveKind.AllToAll:
                var row = first.RowElements * first.ElementSize;
                Each(ranks, (from, to) => Copy(ranks[from].InputPointer + (ranks[from].InputRows.Take(to).Sum() * row),
                    ranks[to].OutputPointer + (ranks[to].OutputRows.Take(from).Sum() * row), ranks[from].InputRows[to] * row));
                break;
            case CollectiveKind.Broadcast:
                Each(ranks, (from, to) =>
                {
                    if (from == first.Root && to != from)
                        Copy(ranks[from].InputPointer, ranks[to].OutputPointer, Bytes(first));
                });
                break;
        }
    }

    private static long Bytes(Collective call) => call.Input!.numel() * call.ElementSize;

    private static void Copy(byte* from, byte* to, long bytes) => Buffer.MemoryCopy(from, to, bytes, bytes);

    private static void Each(IReadOnlyList<Collective> ranks, Action<int, int> copy)
    {
        for (var from = 0; from < ranks.Count; from++)
        {
            for (var to = 0; to < ranks.Count; to++)
                copy(from, to);
        }
    }
}
