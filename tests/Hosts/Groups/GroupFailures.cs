namespace MoELab.GroupHost;

/// <summary>What ranks do wrong together. Each ends with an exception on every rank that could be told, or with the end of the job.</summary>
public static class GroupFailures
{
    public static IReadOnlyDictionary<string, Action<IProcessGroup>> All { get; } = new Dictionary<string, Action<IProcessGroup>>
    {
        ["shapes"] = group => group.AllReduce(torch.zeros(group.Rank == 1 ? 3 : 2), ReduceOp.Sum),
        ["types"] = group => group.Broadcast(torch.zeros(2, group.Rank == 1 ? torch.ScalarType.Float64 : torch.ScalarType.Float32), 0),
        ["calls"] = group =>
        {
            if (group.Rank == 1)
                group.Barrier();
            else
                group.AllReduce(torch.zeros(2), ReduceOp.Sum);
        },
        ["rows"] = group =>
        {
            long[] rows = [.. Enumerable.Repeat(2L, group.Size)];
            long[] wrong = [.. rows];
            wrong[0] = group.Rank == 1 ? 3 : 2;
            group.AllToAll(torch.zeros(wrong.Sum(), 4), torch.zeros(rows.Sum(), 4), wrong, rows);
        },
        ["splits"] = group => group.Split(rank => (group.Rank == 1 ? 0 : rank, 0)),
        ["late"] = group =>
        {
            group.Barrier();
            if (group.Rank == 1)
                Thread.Sleep(TimeSpan.FromMinutes(5));
            group.AllReduce(torch.zeros(2), ReduceOp.Sum);
        },
        ["late unchecked"] = group => All!["late"](group),
        ["throws"] = group =>
        {
            if (group.Rank == 1)
                throw new RunException("the disk is full");
            group.AllReduce(torch.zeros(2), ReduceOp.Sum);
        },
        ["dies"] = group =>
        {
            if (group.Rank == 1)
                Environment.FailFast(null);
            group.AllReduce(torch.zeros(2), ReduceOp.Sum);
        },
    };
}
