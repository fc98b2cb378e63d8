namespace MoELab.Live;

/// <summary>One metric as it grows.</summary>
internal sealed class Curve
{
    private readonly List<double> _steps = [], _values = [];

    /// <summary>Steps, increasing.</summary>
    public IReadOnlyList<double> Steps => _steps;

    /// <summary>Values; NaN where the log holds none.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>How many.</summary>
    public int Count => _steps.Count;

    /// <summary>The newest value; NaN for none.</summary>
    public double Last => _values.Count > 0 ? _values[^1] : double.NaN;

    public void Add(int step, double value)
    {
        _steps.Add(step);
        _values.Add(value);
    }

    /// <summary>Drops what belongs to a step or a later one.</summary>
    public void Cut(int step)
    {
        var keep = _steps.FindIndex(s => s >= step);
        if (keep < 0)
            return;
        _steps.RemoveRange(keep, _steps.Count - keep);
        _values.RemoveRange(keep, _values.Count - keep);
    }

    /// <summary>The mean of the last finite values.</summary>
    public double MeanOfLast(int count) => _values.TakeLast(count).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
