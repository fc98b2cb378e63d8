namespace MoELab.Parallel;

/// <summary>What a call says that did not end in time.</summary>
internal static class TimeSentence
{
    public static string Of(string call, TimeSpan time, IReadOnlyList<int> missing) =>
        $"{call} did not end within {time.TotalSeconds:0.###} s: {Ranks(missing)} did not come";

    private static string Ranks(IReadOnlyList<int> ranks) =>
        ranks.Count == 1 ? $"rank {ranks[0]}" : $"ranks {string.Join(", ", ranks.Take(ranks.Count - 1))} and {ranks[^1]}";
}
