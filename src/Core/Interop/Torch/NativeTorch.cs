using System.Runtime.InteropServices;

namespace MoELab.Interop.Torch;

/// <summary>Functions that libtorch exports and TorchSharp does not wrap. Everything is looked up once, by name.</summary>
internal static unsafe class NativeTorch
{
    private static readonly IntPtr Library = Load();
    private static readonly delegate* unmanaged<int, int> ProductThreads = (delegate* unmanaged<int, int>)Export("MKL_Set_Num_Threads_Local");

    /// <summary>Whether this libtorch can be told how many threads its products take, so that loops of our own run beside them.</summary>
    internal static bool IsAvailable { get; } = ProductThreads != null;

    /// <summary>
    /// Runs tasks on as many threads as libtorch's operators use. A product inside a task runs on that task's thread alone. Tasks are handed out in
    /// order; which thread takes which is open, so tasks must write disjoint memory. The body gets the worker, from 0 below <see cref="Workers"/>,
    /// and the task.
    /// </summary>
    internal static void Run(int tasks, Action<int, int> body) => TaskTeam.Run(tasks, Workers, body);

    /// <summary>Threads that tasks run on.</summary>
    internal static int Workers => torch.get_num_threads();

    /// <summary>Threads that a product of this thread takes; 0 leaves it to the process's setting.</summary>
    /// <returns>What it was before.</returns>
    internal static int LimitProducts(int threads) => ProductThreads == null ? 0 : ProductThreads(threads);

    /// <summary>For a thread beside libtorch's own: neither a product nor an operator that it calls begins threads of its own.</summary>
    internal static void ComputeAlone()
    {
        // libtorch sets the numbers at a thread's first question.
        _ = Workers;
        LimitProducts(1);
        if (NativeLibrary.TryGetExport(Library, "omp_set_num_threads", out var address))
            ((delegate* unmanaged<int, void>)address)(1);
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

    private static void* Export(string name) =>
        Library != IntPtr.Zero && NativeLibrary.TryGetExport(Library, name, out var address) ? (void*)address : null;
}
