using System.Runtime.InteropServices;

namespace MoELab.Interop;

/// <summary>Functions that libtorch exports and TorchSharp does not wrap. Everything is looked up once, by name.</summary>
internal static unsafe class NativeTorch
{
    private static readonly IntPtr Library = Load();
    private static readonly delegate* unmanaged<long, long, long, delegate* unmanaged<long, long, void*, void>, void*, int> ParallelFor =
        (delegate* unmanaged<long, long, long, delegate* unmanaged<long, long, void*, void>, void*, int>)Export("torch_parallel_for");

    /// <summary>Whether this libtorch lends its thread pool.</summary>
    internal static bool IsAvailable { get; } = ParallelFor != null;

    /// <summary>Where a CPU tensor's elements start. The caller keeps the tensor alive.</summary>
    internal static float* Floats(Tensor tensor) => NativeTensor.Floats(tensor);

    /// <summary>Where a CPU tensor's elements start. The caller keeps the tensor alive.</summary>
    internal static long* Longs(Tensor tensor) => (long*)NativeTensor.Pointer(tensor);

    /// <summary>
    /// Runs tasks on libtorch's own threads, so that no second pool competes for the cores. A product inside a task runs on that
    /// task's thread alone. Tasks are handed out in order; which thread takes which is open, so tasks must write disjoint memory.
    /// </summary>
    /// <param name="tasks">How many.</param>
    /// <param name="body">Gets the worker, from 0 below <see cref="Workers"/>, and the task.</param>
    internal static void Run(int tasks, Action<int, int> body)
    {
        if (tasks == 0)
            return;
        var work = new Work(tasks, body);
        var handle = GCHandle.Alloc(work);
        try
        {
            if (ParallelFor(0, Workers, 1, &Enter, (void*)GCHandle.ToIntPtr(handle)) != 0)
                throw new InvalidOperationException("torch_parallel_for failed");
        }
        finally
        {
            handle.Free();
        }
        if (work.Failure is { } failure)
            throw new InvalidOperationException(failure.Message, failure);
    }

    /// <summary>Threads that tasks run on.</summary>
    internal static int Workers => torch.get_num_threads();

    [UnmanagedCallersOnly]
    private static void Enter(long begin, long end, void* context)
    {
        var work = (Work)GCHandle.FromIntPtr((IntPtr)context).Target!;
        for (var worker = begin; worker < end; worker++)
            work.Drain((int)worker);
    }

    private static IntPtr Load()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        foreach (var name in (ReadOnlySpan<string>)["libtorch_cpu.so", "torch_cpu.dll", "libtorch_cpu.dylib", "torch_cpu"])
        {
            if (NativeLibrary.TryLoad(name, typeof(NativeTorch).Assembly, null, out var handle))
                return handle;
        }
        return IntPtr.Zero;
    }

    private static void* Export(string name) => Library != IntPtr.Zero && NativeLibrary.TryGetExport(Library, name, out var address) ? (void*)address : null;

    private sealed class Work(int tasks, Action<int, int> body)
    {
        private int _next = -1;

        internal Exception? Failure { get; private set; }

        internal void Drain(int worker)
        {
            try
            {
                for (var task = Interlocked.Increment(ref _next); task < tasks && Failure is null; task = Interlocked.Increment(ref _next))
                    body(worker, task);
            }
#pragma warning disable CA1031 // An exception must not cross native frames; Run throws it again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Failure = e;
            }
        }
    }
}
