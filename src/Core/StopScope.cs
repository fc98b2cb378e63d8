namespace MoELab;

/// <summary>
/// Code, such as a notebook cell, whose training runs can all be asked to stop at their next step boundary. It flows with the code
/// in which it was entered, so a training run knows its scope.
/// </summary>
internal sealed class StopScope : IDisposable
{
    private static readonly AsyncLocal<StopScope?> Local = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _asked;
    private int _awaited;

    public StopScope() => _asked = _stop.Token;

    /// <summary>The scope of the running code; null outside any scope.</summary>
    public static StopScope? Current => Local.Value;

    public bool Asked => _asked.IsCancellationRequested;

    /// <summary>Whether one of its runs is training.</summary>
    public bool Awaits => Volatile.Read(ref _awaited) > 0;

    /// <summary>Makes this the scope of everything that the current flow starts.</summary>
    public void Enter() => Local.Value = this;

    /// <summary>Asks its runs to stop.</summary>
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
            // A deleted run folder has no inbox; its training ends by itself.
        }
        return true;
    }

    /// <summary>Leaves the scope. Runs that its code did not wait for go on and can no longer be stopped through it.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>Registers a training run in the current scope.</summary>
    public static Training Join(CancellationToken stop) => new(Current, stop);

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

        /// <summary>Requests a stop at the next step boundary.</summary>
        public CancellationToken Stop => _linked.Token;

        public void Dispose()
        {
            if (_scope is not null)
                Interlocked.Decrement(ref _scope._awaited);
            _linked.Dispose();
        }
    }
}
