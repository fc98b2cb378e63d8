using MoELab.Routing.Metrics;
using MoELab.Runs.Log;

namespace MoELab.Studies.Sandbox;

/// <summary>The figures of each step, under the keys of a run's log where a run has them.</summary>
internal sealed class SandboxLog(SandboxOptions options)
{
    private static readonly string[] DetailKeys = ["router/entropy", "router/margin", "router/saturated", "choice/changed"];

    private static readonly int[] Percents = [10, 50, 90];
    private static readonly string[] PercentKeys = [.. Percents.Select(p => FormattableString.Invariant($"load/p{p}"))];

    private readonly double[] _sorted = new double[options.Experts], _percentiles = new double[Percents.Length];
    private readonly OrderedDictionary<string, double[]> _columns = [];
    private readonly int[] _counts = new int[options.Steps * options.Layers * options.Experts];
    private readonly string[] _layerKeys = [.. Enumerable.Range(0, options.Layers).Select(l => l.ToString(CultureInfo.InvariantCulture))];
    private float[,] _before = new float[options.Layers, options.Experts];
    private int _at;

    /// <summary>Keys in order.</summary>
    public IReadOnlyList<string> Keys => _columns.Keys;

    /// <summary>The values of a key, a step each; NaN where a step did not read it.</summary>
    public IReadOnlyList<double>? Find(string key) => _columns.TryGetValue(key, out var values) ? values : null;

    /// <summary>[layers, experts] tokens of a step, from 1.</summary>
    public long[,] Counts(int step)
    {
        var counts = new long[options.Layers, options.Experts];
        for (var (l, from) = (0, (step - 1) * counts.Length); l < options.Layers; l++)
        {
            for (var e = 0; e < options.Experts; e++)
                counts[l, e] = _counts[from++];
        }
        return counts;
    }

    /// <summary>Takes a step.</summary>
    public void Add(SandboxRouting step)
    {
        var to = _at * step.Counts.Length;
        foreach (var n in step.Counts)
            _counts[to++] = (int)n;
        var violations = BalanceMetrics.MaxVio(step.Counts);
        Set("max_vio/mean", violations.Average());
        Set("max_vio/max", violations.Max());
        for (var l = 0; l < violations.Length; l++)
            Set("max_vio/layer/" + _layerKeys[l], violations[l]);
        Loads(step.Counts);
        Set("experts/dead", BalanceMetrics.DeadExperts(step.Counts).Sum());
        Set("load/entropy", Enumerable.Range(0, options.Layers).Average(l => Entropy(step.Counts, l)));
        for (var k = 0; k < DetailKeys.Length && step.Details.Length > 0; k++)
            Set(DetailKeys[k], step.Details.Average(d => d[k]));
        for (var l = 0; l < options.Layers; l++)
            Bias(step.Bias, l);
        _before = step.Bias;
        _at++;
    }

    /// <summary>A step as a row of a run's log; without the figures that it did not read.</summary>
    public MetricRow Row(int step)
    {
        var row = new MetricRow(step);
        foreach (var (key, values) in _columns)
        {
            if (!double.IsNaN(values[step - 1]))
                row[key] = values[step - 1];
        }
        return row;
    }

    // The percentiles of BalanceMetrics.LoadPercentile, with one sort for the three of them.
    private void Loads(long[,] counts)
    {
        Array.Clear(_percentiles);
        for (var l = 0; l < options.Layers; l++)
        {
            double sum = 0;
            for (var e = 0; e < options.Experts; e++)
                sum += _sorted[e] = counts[l, e];
            if (sum <= 0)
                continue;
            Array.Sort(_sorted);
            for (var p = 0; p < Percents.Length; p++)
                _percentiles[p] += BalanceMetrics.Quantile(_sorted, Percents[p] / 100.0) / (sum / options.Experts);
        }
        for (var p = 0; p < Percents.Length; p++)
            Set(PercentKeys[p], _percentiles[p] / options.Layers);
    }

    private void Bias(float[,] bias, int layer)
    {
        double sum = 0, squares = 0, moved = 0;
        for (var e = 0; e < options.Experts; e++)
        {
            double b = bias[layer, e], d = b - _before[layer, e];
            sum += b;
            squares += b * b;
            moved += d * d;
        }
        var mean = sum / options.Experts;
        Set("bias/norm/" + _layerKeys[layer], Math.Sqrt(squares));
        Set("bias_step/norm/" + _layerKeys[layer], Math.Sqrt(moved));
        Set("bias/mean/" + _layerKeys[layer], mean);
        Set("bias/spread/" + _layerKeys[layer], Math.Sqrt(Math.Max(0, (squares / options.Experts) - (mean * mean))));
    }

    private void Set(string key, double value)
    {
        if (!_columns.TryGetValue(key, out var values))
        {
            _columns.Add(key, values = new double[options.Steps]);
            Array.Fill(values, double.NaN);
        }
        values[_at] = value;
    }

    // Of the load shares of a layer, divided by ln E: 1 is even, 0 is one expert.
    private double Entropy(long[,] counts, int layer)
    {
        double sum = 0, weighted = 0;
        for (var e = 0; e < options.Experts; e++)
        {
            sum += counts[layer, e];
            weighted += counts[layer, e] > 0 ? counts[layer, e] * Math.Log(counts[layer, e]) : 0;
        }
        return sum > 0 ? (Math.Log(sum) - (weighted / sum)) / Math.Log(options.Experts) : 0;
    }
}
