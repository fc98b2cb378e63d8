using MathNet.Numerics.Statistics;

namespace MoELab.Views.Comparisons;

/// <summary>One metric of one run, placed on an x axis.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Experiment">What runs have in common that differ only in the seed; see <see cref="ExperimentKey"/>.</param>
/// <param name="Color">Classes of its colour and dashes.</param>
/// <param name="X">Positions, increasing.</param>
/// <param name="Y">Values.</param>
internal sealed record RunCurve(string Name, string Experiment, string Color, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>The looks of runs in an overlay: colours first, then their dashed kinds.</summary>
    public static string Look(int place) => Palette.Category(place) + (place / Palette.Categories % 4 is > 0 and var dash ? $" dash{dash}" : "");

    /// <summary>A metric of a run, null where it did not log it.</summary>
    /// <exception cref="InputException">The run did not log what the x axis needs.</exception>
    public static RunCurve? Of(string run, string experiment, string color, string metric, LossAxis axis, Func<string, MetricColumn?> find,
        Func<double> flopsPerToken) => find(metric) is not { Count: > 0 } column ? null
        : new RunCurve(run, experiment, color, Positions(run, axis, column.Steps, find, flopsPerToken), column.Values);

    /// <summary>
    /// The first is a mean over runs, the others are the edges of its band; over the positions that all of them have or, for runs that are
    /// <paramref name="training"/>, that any of them has, each over those that have it.
    /// </summary>
    public static (RunCurve Mean, RunCurve Low, RunCurve High) Mean(IReadOnlyList<RunCurve> runs, SeedBand band, bool training = false)
    {
        var grid = Grid(runs, training);
        var values = runs.Select(r => Resampled(r, grid)).ToArray();
        var (mean, low, high) = (new double[grid.Count], new double[grid.Count], new double[grid.Count]);
        for (var i = 0; i < grid.Count; i++)
        {
            var all = values.Select(v => v[i]).Where(v => !training || double.IsFinite(v)).ToArray();
            mean[i] = all.Length > 0 ? all.Average() : double.NaN;
            // One run has no band.
            if (training && all.Length < 2)
            {
                (low[i], high[i]) = (double.NaN, double.NaN);
                continue;
            }
            var error = all.StandardDeviation() / Math.Sqrt(all.Length);
            (low[i], high[i]) = band == SeedBand.Range ? (all.Min(), all.Max()) : (mean[i] - error, mean[i] + error);
        }
        var curve = runs[0] with { Name = $"{Common(runs)}, {runs.Count} seeds", X = grid };
        return (curve with { Y = mean }, curve with { Y = low }, curve with { Y = high });
    }

    private static IReadOnlyList<double> Positions(
        string run, LossAxis axis, IReadOnlyList<int> steps, Func<string, MetricColumn?> find, Func<double> flopsPerToken)
    {
        if (LossAxes.Metric(axis) is not { } key)
            return [.. steps.Select(s => (double)s)];
        var at = find(key) ?? throw new InputException($"run '{run}': it logged no {key}, so its curves can only be drawn against steps");
        var factor = axis == LossAxis.Flops ? flopsPerToken() : 1;
        var positions = new double[steps.Count];
        for (int i = 0, j = 0; i < positions.Length; i++)
        {
            while (j < at.Count && at.Steps[j] < steps[i])
                j++;
            positions[i] = j < at.Count && at.Steps[j] == steps[i] ? at.Values[j] * factor : double.NaN;
        }
        return positions;
    }

    private static IReadOnlyList<double> Grid(IReadOnlyList<RunCurve> runs, bool training)
    {
        var (low, high) = training ? (runs.Min(r => r.X[0]), runs.Max(r => r.X[^1])) : (runs.Max(r => r.X[0]), runs.Min(r => r.X[^1]));
        var places = runs.SelectMany(r => r.X).Where(x => x >= low && x <= high).Distinct().Order().ToArray();
        const int Most = 4000;
        // Seconds of no two runs are alike; what is between two points is on the line that joins them.
        return places.Length <= Most ? places : [.. Enumerable.Range(0, Most).Select(i => low + ((high - low) * i / (Most - 1)))];
    }

    private static double[] Resampled(RunCurve run, IReadOnlyList<double> grid)
    {
        var values = new double[grid.Count];
        for (int i = 0, j = 0; i < values.Length; i++)
        {
            while (j < run.X.Count - 1 && run.X[j] < grid[i])
                j++;
            values[i] = grid[i] < run.X[0] || grid[i] > run.X[^1] ? double.NaN : run.X[j] <= grid[i] || j == 0 ? run.Y[j]
                : run.Y[j - 1] + ((run.Y[j] - run.Y[j - 1]) * (grid[i] - run.X[j - 1]) / (run.X[j] - run.X[j - 1]));
        }
        return values;
    }

    private static string Common(IReadOnlyList<RunCurve> runs)
    {
        var first = runs[0].Name;
        var length = Enumerable.Range(0, first.Length + 1).Last(n => runs.All(r => r.Name.StartsWith(first[..n], StringComparison.Ordinal)));
        return first[..length].TrimEnd('-', '_', '.', ' ') is { Length: > 0 } common ? common : first;
    }
}
