namespace MoELab.Training;

/// <summary>Watches for signs of life of a training and calls once when there has been none for a set time.</summary>
/// <remarks>
/// A collective that waits for a process that hangs, or a driver that does not answer, holds the training thread for good; nothing in
/// it can notice.
/// </remarks>
internal sealed class Heartbeat : IDisposable
{
    private const int Watching = 0, Paused = 1, Called = 2;

    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Action<string> _silent;
    private long _last;
    private int _state;

    /// <param name="limit">How long there may be no sign of life.</param>
    /// <param name="silent">Called once with a sentence about it, on a thread of the pool.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public Heartbeat(TimeSpan limit, Action<string> silent, TimeProvider? time = null)
    {
        (_limit, _silent, _time) = (limit, silent, time ?? TimeProvider.System);
        Beat();
        var pause = limit / 10;
        _timer = _time.CreateTimer(_ => Check(), null, pause, pause);
    }

    /// <summary>A sign of life; also ends a pause.</summary>
    public void Beat()
    {
        Volatile.Write(ref _last, _time.GetTimestamp());
        Interlocked.CompareExchange(ref _state, Watching, Paused);
    }

    /// <summary>Expects no sign of life until the next one: what follows may take as long as it needs.</summary>
    public void Pause() => Interlocked.CompareExchange(ref _state, Paused, Watching);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _last)) >= _limit && Interlocked.CompareExchange(ref _state, Called, Watching) == Watching)
            _silent(FormattableString.Invariant($"no step has ended for {_limit.TotalSeconds:0} s: the process hangs and is killed"));
    }
}
