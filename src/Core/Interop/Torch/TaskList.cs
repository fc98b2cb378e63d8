using System.Diagnostics;

namespace MoELab.Interop.Torch;

/// <summary>Tasks that several threads take one after the other from a shared counter.</summary>
internal sealed class TaskList(int tasks, int workers, Action<int, int> body)
{
    private int _next = -1, _busy;
    private object? _waiter;

    /// <summary>Threads that may take tasks.</summary>
    internal int Workers => workers;

    /// <summary>The first exception of a task; after it no further task begins.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Takes tasks until none is left.</summary>
    internal void Work(int worker)
    {
        // Before the first task is taken: who finds the tasks all taken sees their takers here.
        Interlocked.Increment(ref _busy);
        try
        {
            for (var task = Interlocked.Increment(ref _next); task < tasks && Failure is null; task = Interlocked.Increment(ref _next))
                body(worker, task);
        }
#pragma warning disable CA1031 // It would end the process on a thread of the team; the caller throws it again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failure = e;
        }
        if (Interlocked.Decrement(ref _busy) == 0 && Volatile.Read(ref _waiter) is { } waiter)
        {
            lock (waiter)
                Monitor.Pulse(waiter);
        }
    }

    /// <summary>
    /// Returns when every task that was begun has ended. For the caller, after its own <see cref="Work"/>. It looks for some Stopwatch ticks before
    /// it sleeps.
    /// </summary>
    internal void AwaitOthers(long look)
    {
        var start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _busy) != 0)
        {
            if (Stopwatch.GetTimestamp() - start > look)
            {
                var waiter = new object();
                Interlocked.Exchange(ref _waiter, waiter);
                lock (waiter)
                {
                    while (Volatile.Read(ref _busy) != 0)
                        Monitor.Wait(waiter);
                }
                return;
            }
            Thread.SpinWait(8);
        }
    }
}
