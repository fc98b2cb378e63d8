using MoELab.GroupHost;
using MoELab.Parallel;

namespace MoELab.Tests.Parallel;

/// <summary>One rank of many, without the others.</summary>
public sealed class RecordingGroupTests
{
    [Fact]
    public void Alone_it_keeps_the_whole_contract()
    {
        foreach (var run in GroupCases.All.Values)
        {
            using var scope = torch.NewDisposeScope();
            run(new RecordingGroup(0, 1));
        }
    }

    [Fact]
    public void Calls_and_bytes_are_counted_by_kind()
    {
        using var scope = torch.NewDisposeScope();
        using var group = new RecordingGroup(3, 8);
        group.AllReduce(torch.zeros(1000, torch.ScalarType.BFloat16), ReduceOp.Sum);
        group.AllReduce(torch.zeros(10, 10), ReduceOp.Max);
        group.AllGather(torch.zeros(8, 5), torch.zeros(5));
        group.ReduceScatter(torch.zeros(5), torch.zeros(40), ReduceOp.Sum);
        group.AllToAll(torch.zeros(16, 4), torch.zeros(10, 4), [2, 2, 2, 3, 2, 2, 2, 1], [0, 1, 0, 3, 2, 2, 2, 0]);
        group.Broadcast(torch.zeros(8, torch.ScalarType.Int64), 0);
        group.Barrier();
        Assert.Equal(new CollectiveCount(2, 2400, 4200), group.Counts[CollectiveKind.AllReduce]);
        Assert.Equal(new CollectiveCount(1, 20, 140), group.Counts[CollectiveKind.AllGather]);
        Assert.Equal(new CollectiveCount(1, 160, 140), group.Counts[CollectiveKind.ReduceScatter]);
        // Three of ten rows stay.
        Assert.Equal(new CollectiveCount(1, 160, 112), group.Counts[CollectiveKind.AllToAll]);
        Assert.Equal(new CollectiveCount(1, 64, 56), group.Counts[CollectiveKind.Broadcast]);
        Assert.Equal(new CollectiveCount(1, 0, 0), group.Counts[CollectiveKind.Barrier]);
    }

    [Fact]
    public void It_answers_as_if_every_rank_held_the_same()
    {
        using var scope = torch.NewDisposeScope();
        using var group = new RecordingGroup(1, 3);
        var mine = torch.tensor(new[] { 1f, 2f, 3f });
        var (all, part, sum) = (torch.empty(9), torch.empty(1), mine.clone());
        group.AllReduce(sum, ReduceOp.Sum);
        group.AllGather(all, mine);
        group.ReduceScatter(part, mine, ReduceOp.Sum);
        Assert.Equal([3f, 6f, 9f], sum.data<float>().ToArray());
        Assert.Equal([1f, 2f, 3f, 1f, 2f, 3f, 1f, 2f, 3f], all.data<float>().ToArray());
        Assert.Equal([6f], part.data<float>().ToArray());
        // A program asks first how many rows come: as many from each as this rank sends to its own number.
        var (sent, coming) = (torch.tensor(new long[] { 1, 2, 0 }), torch.zeros(3, torch.ScalarType.Int64));
        group.AllToAll(coming, sent, [1, 1, 1], [1, 1, 1]);
        Assert.Equal([2L, 2, 2], coming.data<long>().ToArray());
        var rows = torch.empty(6);
        group.AllToAll(rows, mine, coming.data<long>().ToArray(), [1, 2, 0]);
        Assert.Equal([2f, 3f, 2f, 3f, 2f, 3f], rows.data<float>().ToArray());
    }

    [Fact]
    public void A_split_knows_its_size_and_counts_for_itself()
    {
        using var group = new RecordingGroup(13, 512);
        using var experts = group.Split(rank => (rank / 8, rank));
        using var data = group.Split(rank => (rank % 8, rank));
        Assert.Equal((5, 8), (experts.Rank, experts.Size));
        Assert.Equal((1, 64), (data.Rank, data.Size));
        data.Barrier();
        Assert.Equal([CollectiveKind.Split], group.Counts.Keys);
        Assert.Equal([CollectiveKind.Barrier], group.Parts[1].Counts.Keys);
    }

    [Fact]
    public void A_rank_outside_the_group_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new RecordingGroup(8, 8));
}
