using System.Diagnostics;

namespace MoELab.Training.Steps;

/// <summary>Seconds that a step spends in each phase.</summary>
internal sealed class PhaseClock
{
    private readonly Dictionary<string, double> _seconds = [];
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>Seconds by phase.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <summary>Books the time since the last call on a phase.</summary>
    public void Book(string phase)
    {
        var now = Stopwatch.GetTimestamp();
        _seconds[phase] = _seconds.GetValueOrDefault(phase) + ((now - _since) / (double)Stopwatch.Frequency);
        _since = now;
    }

    /// <summary>Adds seconds measured elsewhere, out of another phase.</summary>
    public void Move(string from, string to, double seconds)
    {
        _seconds[from] = _seconds.GetValueOrDefault(from) - seconds;
        _seconds[to] = _seconds.GetValueOrDefault(to) + seconds;
    }
}
