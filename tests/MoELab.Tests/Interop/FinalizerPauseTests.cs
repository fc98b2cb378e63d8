using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MoELab.Interop.Torch;

namespace MoELab.Tests.Interop;

public sealed class FinalizerPauseTests
{
    [Fact]
    public void Nothing_is_finalized_before_the_last_pause_ends()
    {
        using var finalized = new ManualResetEventSlim();
        var outer = FinalizerPause.Begin();
        using (FinalizerPause.Begin())
            Drop(finalized);
        GC.Collect();
        Assert.False(finalized.Wait(200, TestContext.Current.CancellationToken));
        outer.Dispose();
        outer.Dispose();
        // Another test may pause in between; its steps are short.
        Assert.True(finalized.Wait(30_000, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_collection_in_the_middle_of_an_operation_takes_no_number_away()
    {
        using var scope = torch.NewDisposeScope();
        var stop = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        collector.Start();
        using (FinalizerPause.Begin())
        {
            var x = torch.zeros(1);
            for (var i = 0; i < 1_000; i++)
                x.add_(0.5).mul_(1.0);
            Assert.Equal(500, x.item<float>());
        }
        Volatile.Write(ref stop, true);
        collector.Join();
    }

    [Fact]
    public async Task An_allocation_that_fails_in_a_pause_says_so_instead_of_waiting_for_its_end()
    {
        var attempts = Task.Run(() =>
        {
            using var pause = FinalizerPause.Begin();
            for (var attempt = 0; attempt < 2; attempt++)
                Assert.Throws<ExternalException>(() => torch.empty([1L << 50], dtype: torch.ScalarType.Int8));
        }, TestContext.Current.CancellationToken);
        await attempts.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(ManualResetEventSlim finalized) => _ = new Witness(finalized);

    private sealed class Witness(ManualResetEventSlim finalized)
    {
        ~Witness() => finalized.Set();
    }
}
