namespace MoELab.Training.Metrics;

/// <summary>The last gradient norms, for their kurtosis; part of a checkpoint, so that resume writes the same metric.</summary>
internal sealed class GradientHistory
{
    private const int Window = 128, MinSamples = 8;
    private readonly Queue<double> _norms = [];

    /// <summary>The norms, oldest first.</summary>
    public IReadOnlyCollection<double> Norms => _norms;

    /// <summary>Replaces the norms.</summary>
    public void Load(IEnumerable<double> norms)
    {
        _norms.Clear();
        foreach (var norm in norms)
            _norms.Enqueue(norm);
    }

    /// <summary>Adds a norm and returns the kurtosis m4 / m2^2, NaN while there are too few.</summary>
    public double Add(double norm)
    {
        if (double.IsFinite(norm))
            _norms.Enqueue(norm);
        if (_norms.Count > Window)
            _norms.Dequeue();
        if (_norms.Count < MinSamples)
            return double.NaN;
        var mean = _norms.Average();
        var second = _norms.Average(n => Math.Pow(n - mean, 2));
        return second == 0 ? double.NaN : _norms.Average(n => Math.Pow(n - mean, 4)) / (second * second);
    }
}
