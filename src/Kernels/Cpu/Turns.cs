namespace MoELab.Kernels.Cpu;

/// <summary>
/// Makes tasks add their results to shared memory one after the other, in the order of their numbers, whichever thread ran them:
/// sums are the same every time, without a buffer for all results. The memory is divided into lanes that are passed on one by one,
/// so that many threads can add at once. A thread must add a task's results before it takes another task.
/// </summary>
internal sealed class Turns(int lanes)
{
    private const int Spacing = 16;

    private readonly int[] _next = new int[lanes * Spacing];
    private volatile bool _failed;

    internal int Lanes => lanes;

    /// <summary>Waits until all earlier tasks have added to the lane.</summary>
    internal void Await(int lane, int task)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref _next[lane * Spacing]) != task)
        {
            if (_failed)
                throw new OperationCanceledException("another task failed");
            spin.SpinOnce(-1);
        }
    }

    /// <summary>Passes the lane on to the next task.</summary>
    internal void Pass(int lane, int task) => Volatile.Write(ref _next[lane * Spacing], task + 1);

    /// <summary>Releases all waiting threads after a task has failed.</summary>
    internal void Fail() => _failed = true;
}
