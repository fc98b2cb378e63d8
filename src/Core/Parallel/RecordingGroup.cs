using MoELab.Interop.Torch;

namespace MoELab.Parallel;

/// <summary>
/// Any rank of a group of any size, without the others: it counts calls and bytes and answers as if every rank held what this one holds, so shapes
/// are right and sums are this rank's values times the number of ranks. It takes tensors of every device.
/// </summary>
public sealed class RecordingGroup : ProcessGroup
{
    private readonly Dictionary<CollectiveKind, CollectiveCount> _counts = [];
    private readonly List<RecordingGroup> _parts = [];

    /// <summary>A rank that nothing has called yet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1 or a rank outside it.</exception>
    public RecordingGroup(int rank, int size) : base(rank, size, anyDevice: true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, size);
    }

    /// <summary>What was called on this group so far, without the groups that it was split into.</summary>
    public IReadOnlyDictionary<CollectiveKind, CollectiveCount> Counts => _counts;

    /// <summary>The groups that splits of this one gave, in their order.</summary>
    public IReadOnlyList<RecordingGroup> Parts => _parts;

    private protected override ICollective Start(Collective call)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Count(call);
        var (output, input) = (call.Output, call.Input);
        switch (call.Kind)
        {
            case CollectiveKind.AllReduce:
                Scale(output!, call.Op);
                break;
            case CollectiveKind.AllGather:
                output!.view(Size, -1).copy_(input!.view(1, -1).expand(Size, -1));
                break;
            case CollectiveKind.ReduceScatter:
                output!.copy_(input!.view(Size, -1)[Rank].view(output.shape));
                Scale(output, call.Op);
                break;
            case CollectiveKind.AllToAll:
                Exchange(call);
                break;
        }
        return FinishedCollective.Instance;
    }

    private protected override IProcessGroup Split(RankPlaces places)
    {
        Count(new Collective { Kind = CollectiveKind.Split });
        var members = places.Members(places[Rank].Colour);
        _parts.Add(new RecordingGroup(Array.IndexOf(members, Rank), members.Length));
        return _parts[^1];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }

    private void Count(Collective call)
    {
        var bytes = call.Input is null ? 0 : call.Input.numel() * call.ElementSize;
        var others = Size - 1;
        var sent = call.Kind switch
        {
            CollectiveKind.AllReduce => 2 * bytes * others / Size,
            CollectiveKind.AllGather => bytes * others,
            CollectiveKind.ReduceScatter or CollectiveKind.Broadcast => bytes * others / Size,
            CollectiveKind.AllToAll => bytes - (call.InputRows[Rank] * call.RowElements * call.ElementSize),
            _ => 0,
        };
        _counts[call.Kind] = _counts.GetValueOrDefault(call.Kind) + new CollectiveCount(1, bytes, sent);
    }

    private void Scale(Tensor tensor, ReduceOp op)
    {
        if (op == ReduceOp.Sum && Size > 1)
            tensor.mul_(Scalars.Of(Size));
    }

    // Each rank sends what this one has for a rank of its number; where another number of rows is expected, those rows again and again.
    private void Exchange(Collective call)
    {
        var (output, input) = (call.Output!, call.Input!);
        var mine = input.narrow(0, call.InputRows.Take(Rank).Sum(), call.InputRows[Rank]);
        var start = 0L;
        foreach (var rows in call.OutputRows)
        {
            for (var done = 0L; done < rows;)
            {
                var place = output.narrow(0, start + done, Math.Min(rows - done, Math.Max(1, mine.shape[0])));
                if (mine.shape[0] == 0)
                    place.zero_();
                else
                    place.copy_(mine.narrow(0, 0, place.shape[0]));
                done += place.shape[0];
            }
            start += rows;
        }
    }
}
