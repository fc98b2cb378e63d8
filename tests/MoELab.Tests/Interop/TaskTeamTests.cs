using MoELab.Interop.Host;
using MoELab.Interop.Torch;

namespace MoELab.Tests.Interop;

public sealed class TaskTeamTests
{
    [Theory, InlineData(1, 1), InlineData(1, 4), InlineData(3, 8), InlineData(1000, 1), InlineData(1000, 2), InlineData(1000, 7)]
    public void Every_task_runs_once_on_a_worker_that_was_allowed(int tasks, int workers)
    {
        for (var round = 0; round < 50; round++)
        {
            var ran = new int[tasks];
            var strangers = 0;
            TaskTeam.Run(tasks, workers, (worker, task) =>
            {
                Interlocked.Increment(ref ran[task]);
                if (worker < 0 || worker >= workers)
                    Interlocked.Increment(ref strangers);
            });
            Assert.Equal(0, strangers);
            Assert.All(ran, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void One_worker_never_has_two_tasks_at_once()
    {
        var busy = new int[4];
        var met = 0;
        for (var round = 0; round < 200; round++)
        {
            TaskTeam.Run(64, 4, (worker, _) =>
            {
                if (Interlocked.Increment(ref busy[worker]) != 1)
                    Interlocked.Increment(ref met);
                Thread.SpinWait(50);
                Interlocked.Decrement(ref busy[worker]);
            });
        }
        Assert.Equal(0, met);
        Assert.All(busy, count => Assert.Equal(0, count));
    }

    [Fact]
    public void Nothing_is_left_running_when_the_call_returns_even_where_members_had_gone_to_sleep()
    {
        for (var round = 0; round < 20; round++)
        {
            var running = 0;
            // Longer than a member looks for work.
            Thread.Sleep(2);
            TaskTeam.Run(3, 3, (_, task) =>
            {
                Interlocked.Increment(ref running);
                Thread.Sleep(task);
                Interlocked.Decrement(ref running);
            });
            Assert.Equal(0, Volatile.Read(ref running));
        }
    }

    [Fact]
    public async System.Threading.Tasks.Task A_task_that_waits_for_another_thread_does_not_hold_up_a_second_caller()
    {
        using ManualResetEventSlim begun = new(), go = new();
        var first = System.Threading.Tasks.Task.Factory.StartNew(() => TaskTeam.Run(2, 2, (_, _) =>
        {
            begun.Set();
            go.Wait();
        }), System.Threading.Tasks.TaskCreationOptions.LongRunning);
        begun.Wait();
        var ran = 0;
        TaskTeam.Run(10, 2, (worker, _) =>
        {
            Assert.Equal(0, worker);
            ran++;
        });
        Assert.Equal(10, ran);
        go.Set();
        await first.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Tasks_inside_a_task_run_on_its_thread()
    {
        var elsewhere = 0;
        var ran = 0;
        TaskTeam.Run(8, 4, (_, _) =>
        {
            var thread = Environment.CurrentManagedThreadId;
            TaskTeam.Run(5, 4, (_, _) =>
            {
                Interlocked.Increment(ref ran);
                if (Environment.CurrentManagedThreadId != thread)
                    Interlocked.Increment(ref elsewhere);
            });
        });
        Assert.Equal((40, 0), (ran, elsewhere));
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_team_goes_on()
    {
        var error = Assert.Throws<InvalidOperationException>(() => TaskTeam.Run(100, 3, (_, task) =>
        {
            if (task == 5)
                throw new FormatException("task five");
        }));
        Assert.Equal("task five", error.Message);
        Assert.IsType<FormatException>(error.InnerException);
        var ran = 0;
        TaskTeam.Run(100, 3, (_, _) => Interlocked.Increment(ref ran));
        Assert.Equal(100, ran);
    }

    [Fact]
    public void A_product_after_a_call_may_use_the_cores_again()
    {
        var before = NativeTorch.LimitProducts(3);
        try
        {
            TaskTeam.Run(4, 2, (_, _) => { });
            Assert.Equal(3, NativeTorch.LimitProducts(3));
        }
        finally
        {
            NativeTorch.LimitProducts(before);
        }
    }

    // Linux 6.12 tells a thread's slice; older kernels have none of their own for a thread.
    [Fact]
    public void A_short_slice_is_asked_for_and_given_back()
    {
        string? first = null, shorter = null, again = null;
        var thread = new Thread(() =>
        {
            first = Slice();
            TimeSlice.Shorten();
            shorter = Slice();
            TimeSlice.Restore();
            again = Slice();
        });
        thread.Start();
        thread.Join();
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 12) && first is not null, "this system has no slices of a thread's own, or does not tell them");
        Assert.Equal("100000", shorter);
        Assert.NotEqual("100000", again);
    }

    private static string? Slice() => File.Exists("/proc/thread-self/sched")
        ? File.ReadLines("/proc/thread-self/sched").FirstOrDefault(line => line.StartsWith("se.slice", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
}
