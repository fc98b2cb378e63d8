namespace MoELab.Routing.Metrics;

/// <summary>
/// How evenly experts share the tokens, from the counts of one window (a step, or a whole evaluation), summed over micro-batches
/// and ranks before anything is computed. Every number is per MoE layer over its routed experts; a layer without tokens gives 0.
/// </summary>
public static class BalanceMetrics
{
    /// <summary>
    /// MaxVio of each layer: <c>(max n - mean n) / mean n</c> (Wang et al., arXiv 2408.15664; Trinity, equation 42). 0 is balance, E - 1 collapse.
    /// </summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] MaxVio(long[,] counts) => PerLayer(counts, static n => (n.Max() / n.Average()) - 1);

    /// <summary>Percentile of the relative load <c>n / mean n</c> over the experts of each layer, interpolated linearly between ranks.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    /// <param name="percent">0 (least loaded) to 100 (most loaded).</param>
    public static double[] LoadPercentile(long[,] counts, double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        return PerLayer(counts, n => Quantile([.. n.Order()], percent / 100) / n.Average());
    }

    /// <summary>The quantile <paramref name="p"/> (0 to 1) of sorted values, linear between ranks; NaN for none.</summary>
    internal static double Quantile(IReadOnlyList<double> sorted, double p)
    {
        // By hand: MathNet's R7 is the same definition, but counts ranks from 1 and so rounds otherwise, and this is logged.
        if (sorted.Count == 0)
            return double.NaN;
        var rank = p * (sorted.Count - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((rank - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>Experts of each layer without a single token in the window; 0 for a layer without tokens.</summary>
    public static int[] DeadExperts(long[,] counts) => Array.ConvertAll(PerLayer(counts, static n => n.Count(x => x == 0)), x => (int)x);

    private static double[] PerLayer(long[,] counts, Func<double[], double> metric)
    {
        var results = new double[counts.GetLength(0)];
        for (var l = 0; l < results.Length; l++)
        {
            var row = new double[counts.GetLength(1)];
            for (var e = 0; e < row.Length; e++)
                row[e] = counts[l, e];
            results[l] = row.Any(x => x > 0) ? metric(row) : 0;
        }
        return results;
    }
}
