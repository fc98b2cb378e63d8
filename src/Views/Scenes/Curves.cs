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
    /// Exponential moving average, divided by the sum of its weights so that it does not start near zero; what is not finite stays and
    /// counts for nothing.
    /// </summary>
    /// <param name="values">The values.</param>
    /// <param name="weight">Of the average so far, against 1 less it for the new value: 0 (nothing is smoothed) to below 1.</param>
    public static IReadOnlyList<double> Average(IReadOnlyList<double> values, double weight)
    {
        var averages = new double[values.Count];
        var (sum, left) = (0.0, 1.0);
        for (var i = 0; i < averages.Length; i++)
        {
            averages[i] = values[i];
            if (!double.IsFinite(values[i]))
                continue;
            (sum, left) = ((weight * sum) + ((1 - weight) * values[i]), left * weight);
            averages[i] = sum / (1 - left);
        }
        return averages;
    }

    /// <summary>The part of a curve between two positions, with its values there if it runs through them; null is no bound.</summary>
    public static (IReadOnlyList<double> X, IReadOnlyList<double> Y) Cut(IReadOnlyList<double> x, IReadOnlyList<double> y, double? from, double? to)
    {
        if (from is null && to is null)
            return (x, y);
        var (low, high) = (from ?? double.NegativeInfinity, to ?? double.PositiveInfinity);
        var (xs, ys) = (new List<double>(), new List<double>());
        for (var i = 0; i < x.Count; i++)
        {
            if (i > 0 && x[i - 1] < low && x[i] > low)
                Add(low, At(i, low));
            if (x[i] >= low && x[i] <= high)
                Add(x[i], y[i]);
            if (i > 0 && x[i - 1] < high && x[i] > high)
                Add(high, At(i, high));
        }
        return (xs, ys);

        double At(int i, double place) => y[i - 1] + ((y[i] - y[i - 1]) * (place - x[i - 1]) / (x[i] - x[i - 1]));
        void Add(double place, double value)
        {
            xs.Add(place);
            ys.Add(value);
        }
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
