namespace MoELab;

/// <summary>
/// Code whose trainings can be asked, all at once, to stop at their next step boundary: a notebook's cell. It flows with the code
/// that it was entered in, so a training knows whose it is.
/// </summary>
internal sealed class StopScope : IDisposable
{
    private static readonly AsyncLocal<StopScope?> Local = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _asked;
    private int _awaited;

    public StopScope() => _asked = _stop.Token;

    /// <summary>The scope of the running code; null outside of one.</summary>
    public static StopScope? Current => Local.Value;

    /// <summary>Whether it was asked to stop.</summary>
    public bool Asked => _asked.IsCancellationRequested;

    /// <summary>Whether a training of it is under way.</summary>
    public bool Awaits => Volatile.Read(ref _awaited) > 0;

    /// <summary>Makes it the scope of what the current flow starts.</summary>
    public void Enter() => Local.Value = this;

    /// <summary>Asks its trainings to stop.</summary>
    /// <returns>False where none is under way or they were asked before.</returns>
    public bool Stop()
    {
        if (!Awaits || Asked)
            return false;
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException)
        {
            // A run folder that is gone takes no command; the training that wrote it ends by itself.
        }
        return true;
    }

    /// <summary>Its code has ended; trainings that it did not wait for go on, out of its reach.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>A training begins in the current scope.</summary>
    /// <param name="stop">What stops it beside the scope.</param>
    public static Training Join(CancellationToken stop) => new(Current, stop);

    /// <summary>A training while it is under way.</summary>
    internal sealed class Training : IDisposable
    {
        private readonly StopScope? _scope;
        private readonly CancellationTokenSource _linked;

        public Training(StopScope? scope, CancellationToken stop)
        {
            _scope = scope;
            _linked = CancellationTokenSource.CreateLinkedTokenSource(stop, scope?._asked ?? CancellationToken.None);
            if (scope is not null)
                Interlocked.Increment(ref scope._awaited);
        }

        /// <summary>Stops it at the next step boundary.</summary>
        public CancellationToken Stop => _linked.Token;

        public void Dispose()
        {
            if (_scope is not null)
                Interlocked.Decrement(ref _scope._awaited);
            _linked.Dispose();
        }
    }
}
