using MoELab.GroupHost;
using MoELab.Parallel;

namespace MoELab.Tests.Parallel;

/// <summary>What goes wrong among ranks that are threads.</summary>
public sealed class ThreadGroupTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.3);

    [Theory]
    [InlineData("shapes", "call 1 of the group: rank 0 calls all-reduce (sum) of float32 [2], rank 1 calls all-reduce (sum) of float32 [3]")]
    [InlineData("types", "call 1 of the group: rank 0 calls broadcast from rank 0 of float32 [2], rank 1 calls broadcast from rank 0 of float64 [2]")]
    [InlineData("calls", "call 1 of the group: rank 0 calls all-reduce (sum) of float32 [2], rank 1 calls barrier")]
    [InlineData("rows", "call 1 of the group: in the all-to-all of float32 rows [4], rank 0 sends 2 rows to rank 1, which expects 3")]
    [InlineData("splits", "call 1 of the group: ranks 0 and 1 place the ranks of a split differently")]
    public void Ranks_that_disagree_are_told_how(string which, string sentence)
    {
        var told = new string[3];
        ThreadGroup.Run(3, group => told[group.Rank] = Assert.Throws<CollectiveException>(() => GroupFailures.All[which](group)).Message);
        Assert.All(told, t => Assert.Equal(sentence, t));
    }

    [Fact]
    public void A_call_that_runs_out_of_time_names_the_ranks_that_are_missing()
    {
        var told = new string[4];
        using var over = new ManualResetEventSlim();
        ThreadGroup.Run(4, group =>
        {
            if (group.Rank is 1 or 3)
                over.Wait();
            told[group.Rank] = Assert.Throws<CollectiveException>(() => group.AllReduce(torch.zeros(2), ReduceOp.Sum)).Message;
            over.Set();
        }, TimeSpan.FromSeconds(2));
        Assert.All(told, t => Assert.Equal("all-reduce, call 1 of the group, did not end within 2 s: ranks 1 and 3 did not come", t));
    }

    [Fact]
    public void A_rank_that_fails_ends_the_others_in_parts_of_the_group_too()
    {
        var told = new string[3];
        var e = Assert.Throws<RunException>(() => ThreadGroup.Run(3, group =>
        {
            var part = group.Split(rank => (rank == 0 ? 0 : 1, 0));
            told[group.Rank] = group.Rank == 2 ? throw new RunException("the disk is full")
                : Assert.Throws<CollectiveException>(() => (group.Rank == 0 ? group : part).Barrier()).Message;
        }));
        Assert.Equal("the disk is full", e.Message);
        Assert.Equal("rank 2 has failed: the disk is full", told[0]);
        Assert.Equal("rank 2 has failed: the disk is full", told[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rank_that_has_left_is_not_waited_for(bool first)
    {
        var e = Assert.Throws<CollectiveException>(() => ThreadGroup.Run(2, group =>
        {
            if (group.Rank == 0)
                Thread.Sleep(first ? Short : TimeSpan.Zero);
            if (group.Rank == 1)
                Thread.Sleep(first ? TimeSpan.Zero : Short);
            else
                group.AllGather(torch.zeros(4), torch.zeros(2));
        }));
        Assert.Equal("all-gather, call 1 of the group, waits for rank 1, which has left the group", e.Message);
    }

    [Fact]
    public void Results_come_in_rank_order() => Assert.Equal([0, 10, 20], ThreadGroup.Run(3, group => group.Rank * 10));

    [Fact]
    public void A_group_that_failed_stays_so()
    {
        var ranks = ThreadGroup.Create(2, Short);
        var first = Assert.Throws<CollectiveException>(ranks[0].Barrier);
        Assert.Equal(first.Message, Assert.Throws<CollectiveException>(ranks[1].Barrier).Message);
        ranks[0].Dispose();
        Assert.Throws<ObjectDisposedException>(ranks[0].Barrier);
    }
}
