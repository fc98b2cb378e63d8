namespace MoELab.Cells.Session;

/// <summary>A running cell, for interrupting it.</summary>
internal sealed class RunningCell : IDisposable
{
    // After this time, a notice says that a training run is stopping but has not stopped yet.
    private static readonly TimeSpan NoticeDelay = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly StopScope _scope = new();
    private readonly ICellOutput _output;
    private Timer? _late;
    private bool _ended;

    /// <summary>Starts the cell; training runs that the current flow starts belong to it.</summary>
    public RunningCell(ICellOutput output)
    {
        _output = output;
        _scope.Enter();
    }

    public CancellationToken Aborted => _abort.Token;

    /// <summary>Stops the training runs that the cell awaits at their next step boundary; without any, or on a second call, aborts it.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            if (_scope.Stop())
            {
                _late = new Timer(_ => Say(), null, NoticeDelay, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        // Outside the lock, because the aborted code may wait for it.
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The cell ended at this moment.
        }
    }

    /// <summary>Adds what happens to its training runs to the message of an interrupted cell.</summary>
    public CellResult Explain(CellResult result, IReadOnlyList<string> training) => result.Error is not { } error || training.Count == 0 ? result
        : result with { Error = error with { Message = $"{error.Message}; {Left(training)}" } };

    /// <summary>What happens to the training runs of an interrupted cell.</summary>
    /// <param name="training">Their names, at least one.</param>
    /// <param name="isLost">Whether the cell's variables are gone with it.</param>
    public string Left(IReadOnlyList<string> training, bool isLost = false)
    {
        var runs = $"{(training.Count == 1 ? "run" : "runs")} {string.Join(", ", training.Select(r => $"'{r}'"))}";
        if (_scope.Asked)
            return $"{runs} {(training.Count == 1 ? "stops at its" : "stop at their")} next step boundary";
        var on = $"{runs} {(training.Count == 1 ? "goes on" : "go on")}";
        return isLost ? $"{on}; lab.Attach(\"{training[0]}\") returns {(training.Count == 1 ? "it" : "the first")}, and Stop() on that ends it" : on;
    }

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
