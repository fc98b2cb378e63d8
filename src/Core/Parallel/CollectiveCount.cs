namespace MoELab.Parallel;

/// <summary>How often a rank made a kind of call, and with how much data.</summary>
/// <param name="Calls">Number of calls.</param>
/// <param name="Bytes">Bytes of the tensors that the rank passed in.</param>
/// <param name="Sent">
/// Bytes that leave the rank if each byte takes the shortest way: all-reduce 2·n·(R-1)/R, reduce-scatter n·(R-1)/R, all-gather n·(R-1), all-to-all
/// the rows for others, broadcast n·(R-1)/R on average, where n are <paramref name="Bytes"/> and R is the size of the group.
/// </param>
public readonly record struct CollectiveCount(long Calls, long Bytes, long Sent)
{
    /// <summary>Both together.</summary>
    public static CollectiveCount operator +(CollectiveCount a, CollectiveCount b) => new(a.Calls + b.Calls, a.Bytes + b.Bytes, a.Sent + b.Sent);

    /// <summary>Both together.</summary>
    public static CollectiveCount Add(CollectiveCount left, CollectiveCount right) => left + right;
}
