namespace MoELab.Views.Scenes;

/// <summary>What a chart does to a curve before it draws it: smoothing and thinning.</summary>
internal static class Curves
{
    /// <summary>
    /// Mean over a centred window of a fortieth of the run, narrower towards both ends so that it never lags; what is not finite is left out.
    /// The means begin at index <paramref name="first"/>.
    /// </summary>
    public static IReadOnlyList<double> Smooth(IReadOnlyList<double> values, int first = 0)
    {
        var half = values.Count / 80;
        var begin = Math.Max(0, first - half);
        var sums = new double[values.Count + 1 - begin];
        var finite = new int[sums.Length];
        for (var i = 0; i + 1 < sums.Length; i++)
        {
            var counts = double.IsFinite(values[begin + i]);
            sums[i + 1] = sums[i] + (counts ? values[begin + i] : 0);
            finite[i + 1] = finite[i] + (counts ? 1 : 0);
        }
        var smoothed = new double[values.Count - first];
        for (var i = first; i < values.Count; i++)
        {
            var reach = Math.Min(half, Math.Min(i, values.Count - 1 - i));
            var (from, to) = (i - reach - begin, i + reach + 1 - begin);
            smoothed[i - first] = finite[to] > finite[from] ? (sums[to] - sums[from]) / (finite[to] - finite[from]) : double.NaN;
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
}
