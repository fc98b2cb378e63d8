namespace MoELab.Routing.Metrics;

/// <summary>
/// How evenly experts share the tokens, from the counts of one window (a step, or a whole evaluation), summed over micro-batches
/// and ranks before anything is computed. Every number is per MoE layer over its routed experts; a layer without tokens gives 0.
/// </summary>
public static class BalanceMetrics
{
    /// <summary>MaxVio of each layer: <c>(max n - mean n) / mean n</c> (Wang et al., arXiv 2408.15664; Trinity, equation 42). 0 is balance, E - 1 collapse.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] MaxVio(long[,] counts) => PerLayer(counts, static n => (n.Max() / n.Average()) - 1);

    /// <summary>MinVio of each layer: <c>(mean n - min n) / mean n</c>. 0 is balance, 1 says that some expert got nothing.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] MinVio(long[,] counts) => PerLayer(counts, static n => 1 - (n.Min() / n.Average()));

    /// <summary>AvgVio of each layer: the mean over experts of <c>|n - mean n| / mean n</c>.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] AvgVio(long[,] counts) => PerLayer(counts, static n => n.Average() is var mean ? n.Average(x => Math.Abs(x - mean)) / mean : 0);

    /// <summary>Coefficient of variation of each layer: the population standard deviation of n over its mean.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] CoefficientOfVariation(long[,] counts) =>
        PerLayer(counts, static n => n.Average() is var mean ? Math.Sqrt(n.Average(x => (x - mean) * (x - mean))) / mean : 0);

    /// <summary>Percentile of the relative load <c>n / mean n</c> over the experts of each layer, interpolated linearly between ranks.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    /// <param name="percent">0 (least loaded) to 100 (most loaded).</param>
    public static double[] LoadPercentile(long[,] counts, double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        return PerLayer(counts, n =>
        {
            var sorted = n.Order().ToArray();
            var rank = percent / 100 * (sorted.Length - 1);
            var below = (int)rank;
            var above = Math.Min(below + 1, sorted.Length - 1);
            return (sorted[below] + ((rank - below) * (sorted[above] - sorted[below]))) / n.Average();
        });
    }

    /// <summary>Experts of each layer without a single token in the window; 0 for a layer without tokens.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static int[] DeadExperts(long[,] counts) => Array.ConvertAll(PerLayer(counts, static n => n.Count(x => x == 0)), x => (int)x);

    /// <summary>Entropy of each layer's load distribution <c>p = n / sum n</c> over its largest value: <c>-sum p ln p / ln E</c>. 1 is balance, 0 collapse.</summary>
    /// <param name="counts">[layers, experts] tokens.</param>
    public static double[] LoadEntropy(long[,] counts) => PerLayer(counts, static n =>
    {
        var sum = n.Sum();
        return n.Length == 1 ? 1 : -n.Where(x => x > 0).Sum(x => x / sum * Math.Log(x / sum)) / Math.Log(n.Length);
    });

    /// <summary>Euclidean norm of each layer's row, such as the expert bias.</summary>
    /// <param name="values">[layers, experts].</param>
    public static double[] Norm(float[,] values) =>
        [.. Enumerable.Range(0, values.GetLength(0)).Select(l => Math.Sqrt(Enumerable.Range(0, values.GetLength(1)).Sum(e => (double)values[l, e] * values[l, e])))];

    /// <summary>Euclidean norm of each layer's difference, such as the step of the expert bias.</summary>
    /// <param name="after">[layers, experts].</param>
    /// <param name="before">[layers, experts].</param>
    public static double[] StepNorm(float[,] after, float[,] before)
    {
        var step = new float[after.GetLength(0), after.GetLength(1)];
        for (var l = 0; l < after.GetLength(0); l++)
        {
            for (var e = 0; e < after.GetLength(1); e++)
                step[l, e] = after[l, e] - before[l, e];
        }
        return Norm(step);
    }

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
