namespace MoELab.Studies.Statistics;

/// <summary>
/// Holm's adjustment of p values for several comparisons (Holm 1979; R's <c>p.adjust</c>): of m sorted p values the i-th is multiplied by m - i + 1,
/// made no smaller than the one before, and capped at 1. The chance that any true "no difference" is rejected then stays below the level,
/// however the comparisons depend on each other.
/// </summary>
public static class Holm
{
    /// <summary>The adjusted p values, in the order given.</summary>
    /// <exception cref="InputException">A value outside 0 to 1.</exception>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        return [.. Adjust([.. p.Select(v => (double?)v)]).Select(v => v!.Value)];
    }

    /// <summary>The adjusted p values, in the order given; comparisons without one (a single seed) stay without and do not count.</summary>
    /// <exception cref="InputException">A value outside 0 to 1.</exception>
    public static IReadOnlyList<double?> Adjust(IReadOnlyList<double?> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        for (var i = 0; i < p.Count; i++)
        {
            if (p[i] is { } value)
                Check.Within(value, $"p value {i + 1}", 0, 1);
        }
        var order = Enumerable.Range(0, p.Count).Where(i => p[i] is not null).OrderBy(i => p[i]).ToArray();
        var adjusted = new double?[p.Count];
        var most = 0.0;
        for (var rank = 0; rank < order.Length; rank++)
        {
            most = Math.Max(most, Math.Min(1, p[order[rank]]!.Value * (order.Length - rank)));
            adjusted[order[rank]] = most;
        }
        return adjusted;
    }
}
