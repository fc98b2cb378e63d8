namespace MoELab.Cells;

/// <summary>A cell while it runs, for whoever interrupts it.</summary>
internal sealed class RunningCell : IDisposable
{
    // After this a training that is asked to stop is said to be still at it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly StopScope _scope = new();
    private readonly ICellOutput _output;
    private Timer? _late;
    private bool _ended;

    /// <summary>Begins; trainings that the current flow starts are its.</summary>
    public RunningCell(ICellOutput output)
    {
        _output = output;
        _scope.Enter();
    }

    /// <summary>Cancelled when the cell is aborted.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>
    /// Asks the trainings that it awaits to stop at their next step boundary; aborts it where there is none, or they were asked before.
    /// </summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            if (_scope.Stop())
            {
                _late = new Timer(_ => Say(), null, Patience, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        // Outside of the lock, because what it aborts may wait for it.
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at this moment.
        }
    }

    /// <summary>Adds to an interrupted cell's sentence what becomes of the runs that train.</summary>
    public CellResult Explain(CellResult result, IReadOnlyList<string> training)
    {
        if (result.Error is not { } error || training.Count == 0)
            return result;
        var runs = $"{(training.Count == 1 ? "run" : "runs")} {string.Join(", ", training.Select(r => $"'{r}'"))}";
        var (one, many) = _scope.Asked ? ("stops at its next step boundary", "stop at their next step boundary") : ("goes on", "go on");
        return result with { Error = error with { Message = $"{error.Message}; {runs} {(training.Count == 1 ? one : many)}" } };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _late?.Dispose();
        }
        _abort.Dispose();
        _scope.Dispose();
    }

    private void Say()
    {
        lock (_gate)
        {
            if (!_ended)
                _output.Print((_scope.Awaits ? "the training stops at its next step boundary"
                    : "the training has stopped, and the cell goes on") + "; interrupt again to abort the cell" + Environment.NewLine, error: true);
        }
    }
}
