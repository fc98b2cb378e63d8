namespace MoELab.Views;

/// <summary>What a chart does to a curve before it draws it: smoothing, thinning, percentiles.</summary>
internal static class Curves
{
    /// <summary>
    /// Exponential moving average corrected for its start, with a horizon of a fortieth of the run; what is not finite is passed over.
    /// </summary>
    public static IReadOnlyList<double> Smooth(IReadOnlyList<double> values)
    {
        var keep = 1 - (1 / Math.Max(1.0, values.Count / 40.0));
        var (sum, weight) = (0.0, 0.0);
        var smoothed = new double[values.Count];
        for (var i = 0; i < values.Count; i++)
        {
            if (double.IsFinite(values[i]))
            {
                sum = (keep * sum) + ((1 - keep) * values[i]);
                weight = (keep * weight) + (1 - keep);
            }
            smoothed[i] = weight > 0 ? sum / weight : double.NaN;
        }
        return smoothed;
    }

    /// <summary>
    /// Indices of at most about <paramref name="most"/> points: of each stretch the smallest and the largest, so that no spike is lost.
    /// </summary>
    public static IReadOnlyList<int> Thin(IReadOnlyList<double> values, int most)
    {
        if (values.Count <= most)
            return [.. Enumerable.Range(0, values.Count)];
        var kept = new SortedSet<int> { 0, values.Count - 1 };
        var stretches = Math.Max(1, most / 2);
        for (var s = 0; s < stretches; s++)
        {
            var (from, to) = ((int)((long)s * values.Count / stretches), (int)((long)(s + 1) * values.Count / stretches));
            var (low, high) = (from, from);
            for (var i = from; i < to; i++)
            {
                if (values[i] < values[low])
                    low = i;
                if (values[i] > values[high])
                    high = i;
                if (double.IsNaN(values[i]))
                    kept.Add(i);
            }
            kept.Add(low);
            kept.Add(high);
        }
        return [.. kept];
    }

    /// <summary>The percentile <paramref name="p"/> (0 to 1) of sorted values, linear between ranks; NaN for none.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double p)
    {
        if (sorted.Count == 0)
            return double.NaN;
        var at = p * (sorted.Count - 1);
        var left = (int)Math.Floor(at);
        return left + 1 < sorted.Count ? sorted[left] + ((at - left) * (sorted[left + 1] - sorted[left])) : sorted[^1];
    }
}
