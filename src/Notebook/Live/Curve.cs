namespace MoELab.Live;

/// <summary>One metric as it grows.</summary>
internal sealed class Curve
{
    private readonly List<double> _steps = [], _values = [];
    private double _figure = double.NaN;
    private int? _counted;

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
        // A key that stands twice in a row: two values of one step would draw a line straight up.
        if (_steps.Count > 0 && _steps[^1] == step)
        {
            _values[^1] = value;
            return;
        }
        _steps.Add(step);
        _values.Add(value);
    }

    /// <summary>Drops what belongs to a step or a later one.</summary>
    public void Cut(int step)
    {
        _counted = null;
        var keep = _steps.FindIndex(s => s >= step);
        if (keep < 0)
            return;
        _steps.RemoveRange(keep, _steps.Count - keep);
        _values.RemoveRange(keep, _values.Count - keep);
    }

    /// <summary>
    /// A figure of all values, as <see cref="Runs.RunFigures"/> defines it. Of a long curve it is computed anew when a 200th more is there, so that a
    /// display stays cheap; <paramref name="exact"/> computes it now.
    /// </summary>
    public double Figure(Func<IReadOnlyList<double>, double> of, bool exact = false)
    {
        if (_counted is not { } known || exact || known > Count || Count - known >= Math.Max(1, Count / 200))
            (_figure, _counted) = (of(_values), Count);
        return _figure;
    }

    /// <summary>The mean of the last finite values.</summary>
    public double MeanOfLast(int count) => _values.TakeLast(count).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
