namespace MoELab.Parallel;

/// <summary>How long a call waits, and what it says when that is over.</summary>
internal static class CollectiveTime
{
    private static readonly TimeSpan Default = TimeSpan.FromMinutes(10);

    /// <exception cref="ArgumentOutOfRangeException">No time at all.</exception>
    public static TimeSpan Of(TimeSpan? timeout)
    {
        if (timeout is { } given)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(timeout));
        return timeout ?? Default;
    }

    /// <summary>The sentence about a call for which ranks are missing.</summary>
    public static string Missing(string call, TimeSpan time, IReadOnlyList<int> missing) =>
        $"{call} did not end within {time.TotalSeconds:0.###} s: {Ranks(missing)} did not come";

    private static string Ranks(IReadOnlyList<int> ranks) =>
        ranks.Count == 1 ? $"rank {ranks[0]}" : $"ranks {string.Join(", ", ranks.Take(ranks.Count - 1))} and {ranks[^1]}";
}
