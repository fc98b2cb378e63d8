using System.Runtime;

namespace MoELab.Cells.CSharp;

/// <summary>Runs a cell's code so that it can be stopped: waiting ends at once, an endless loop is aborted.</summary>
internal static class CellThread
{
    // After this time the code is reported as unstoppable: native code, or a finally block that never ends.
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Runs to the end, or until it is aborted. Continuations stay on one thread.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    /// <exception cref="UnstoppableException">It did not stop.</exception>
    public static async Task Run(Func<Task> work, CancellationToken cancel)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var abort = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            try
            {
#pragma warning disable SYSLIB0046 // Marked obsolete to keep it out of production code; a notebook's interrupt is what it exists for.
                ControlledExecution.Run(() => new CellPump().Run(work, cancel), abort.Token);
#pragma warning restore SYSLIB0046
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.TrySetException(e);
            }
        }, maxStackSize: 16 << 20)
        {
            IsBackground = true,
            Name = "moelab cell",
        };
        var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = new Timer(_ => late.TrySetResult(), null, Timeout.Infinite, Timeout.Infinite);
        // An abort waits until the thread is back in managed code, which a sleeping one is only after it was woken.
        using var registration = cancel.Register(() =>
        {
            timer.Change(AbortTimeout, Timeout.InfiniteTimeSpan);
            thread.Interrupt();
            _ = abort.CancelAsync();
        });
        thread.Start();
        if (await Task.WhenAny(ended.Task, late.Task).ConfigureAwait(false) == late.Task && !ended.Task.IsCompleted)
            throw new UnstoppableException();
        await ended.Task.ConfigureAwait(false);
    }
}
