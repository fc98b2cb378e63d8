using System.Diagnostics;
using MoELab.Interop.Host;

namespace MoELab.Interop.Torch;

/// <summary>
/// The threads that this library's own loops run on. A caller takes tasks itself and waits for tasks that others have begun, never for
/// a thread that has begun none: where another process holds a core, the rest of the work goes on without that core. Who waits looks
/// for work for a moment and then sleeps, so that it takes no time slices from the thread it waits for. A barrier of libtorch's pool does
/// neither. One caller has the team at a time; another one that comes meanwhile finds the cores taken and computes alone.
/// </summary>
internal static class TaskTeam
{
    // About the time that falling asleep and being woken take: a longer look costs the neighbours more than it saves.
    private static readonly long Look = Stopwatch.Frequency / 40_000;

    private static Member[] s_members = [];
    private static TaskList? s_current;
    private static int s_called, s_taken;

    [ThreadStatic]
    private static bool t_inside;

    /// <summary>
    /// Runs tasks in order of their numbers; which thread takes which is open. The body gets the worker, from 0 below <paramref name="workers"/> (the
    /// caller included), and the task.
    /// </summary>
    /// <exception cref="InvalidOperationException">A task threw; the others that had not begun did not run.</exception>
    internal static void Run(int tasks, int workers, Action<int, int> body)
    {
        if (tasks == 0)
            return;
        var list = new TaskList(tasks, Math.Min(tasks, workers), body);
        if (t_inside)
        {
            list.Work(0);
        }
        else
        {
            t_inside = true;
            TimeSlice.Shorten();
            var products = NativeTorch.LimitProducts(1);
            var leads = list.Workers > 1 && Interlocked.CompareExchange(ref s_taken, 1, 0) == 0;
            try
            {
                if (leads)
                    Call(list);
                list.Work(0);
                list.AwaitOthers(Look);
            }
            finally
            {
                if (leads)
                {
                    Volatile.Write(ref s_current, null);
                    Volatile.Write(ref s_taken, 0);
                }
                NativeTorch.LimitProducts(products);
                t_inside = false;
            }
        }
        if (list.Failure is { } failure)
            throw new InvalidOperationException(failure.Message, failure);
    }

    private static void Call(TaskList list)
    {
        var members = s_members;
        if (members.Length < list.Workers - 1)
            s_members = members = [.. members,
                .. Enumerable.Range(members.Length + 1, list.Workers - 1 - members.Length).Select(worker => new Member(worker))];
        Volatile.Write(ref s_current, list);
        Interlocked.Increment(ref s_called);
        for (var i = 0; i < list.Workers - 1; i++)
            members[i].Wake();
    }

    private sealed class Member
    {
        private readonly object _gate = new();
        private readonly int _worker;
        private int _asleep;
        private bool _woken;

        internal Member(int worker)
        {
            _worker = worker;
            new Thread(Live) { IsBackground = true, Name = $"tasks {worker}" }.Start();
        }

        internal void Wake()
        {
            if (Volatile.Read(ref _asleep) == 0 || Interlocked.Exchange(ref _asleep, 0) == 0)
                return;
            lock (_gate)
            {
                _woken = true;
                Monitor.Pulse(_gate);
            }
        }

        private void Live()
        {
            t_inside = true;
            TimeSlice.Shorten();
            NativeTorch.ComputeAlone();
            for (var seen = 0; ;)
            {
                AwaitCall(ref seen);
                if (Volatile.Read(ref s_current) is { } list && _worker < list.Workers)
                    list.Work(_worker);
            }
        }

        private void AwaitCall(ref int seen)
        {
            var start = Stopwatch.GetTimestamp();
            int called;
            while ((called = Volatile.Read(ref s_called)) == seen)
            {
                if (Stopwatch.GetTimestamp() - start > Look)
                    Sleep(seen);
                else
                    Thread.SpinWait(8);
            }
            seen = called;
        }

        private void Sleep(int seen)
        {
            Interlocked.Exchange(ref _asleep, 1);
            // A call between the last look and this line saw nobody asleep.
            if (Volatile.Read(ref s_called) != seen && Interlocked.Exchange(ref _asleep, 0) == 1)
                return;
            lock (_gate)
            {
                while (!_woken)
                    Monitor.Wait(_gate);
                _woken = false;
            }
        }
    }
}
