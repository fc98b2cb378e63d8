using System.Collections.Concurrent;

namespace MoELab.Cells.CSharp;

/// <summary>
/// The single thread on which cells run: continuations of a cell run here too, so an interrupt reaches all of its code. A new thread
/// takes over if an old one cannot be stopped.
/// </summary>
internal sealed class CellPump : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];

    public override void Post(SendOrPostCallback d, object? state) => _queue.Add((d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (Current == this)
            d(state);
        else
            base.Send(d, state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts <paramref name="work"/> here and runs its continuations until it has ended.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it awaited something that did not end.</exception>
    public void Run(Func<Task> work, CancellationToken cancel)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var task = work();
            _ = task.ContinueWith(_ => Post(static _ => { }, null), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            while (!task.IsCompleted)
            {
                var (callback, state) = _queue.Take(cancel);
                callback(state);
            }
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
