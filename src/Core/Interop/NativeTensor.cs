using System.Runtime.InteropServices;

namespace MoELab.Interop;

/// <summary>A tensor's memory and libtorch's threads, through the C functions that libtorch exports.</summary>
internal static unsafe partial class NativeTensor
{
    /// <summary>Address of the first element of a contiguous CPU tensor; valid while the tensor lives.</summary>
    public static void* Pointer(Tensor tensor)
    {
        if (aoti_torch_get_data_ptr(tensor.Handle, out var pointer) != 0)
            throw new InvalidOperationException("libtorch gave no address for a tensor");
        return (void*)pointer;
    }

    /// <summary>Address of the first element of a contiguous float32 CPU tensor; valid while the tensor lives.</summary>
    public static float* Floats(Tensor tensor) => (float*)Pointer(tensor);

    /// <summary>The numbers of a contiguous float32 CPU tensor from an offset on; valid while the tensor lives.</summary>
    public static Span<float> Floats(Tensor tensor, long offset, int count) => new(Floats(tensor) + offset, count);

    /// <summary>The bytes of a contiguous CPU tensor from an offset on; valid while the tensor lives.</summary>
    public static Span<byte> Bytes(Tensor tensor, long offset, int count) => new((byte*)Pointer(tensor) + offset, count);

    /// <summary>
    /// Runs a loop body on libtorch's own threads, which are idle between its operators; a second pool would fight them for cores.
    /// </summary>
    /// <param name="count">Iterations.</param>
    /// <param name="grain">Fewest iterations that are worth a thread.</param>
    /// <param name="body">Takes first, end and <paramref name="state"/>; must not throw.</param>
    /// <param name="state">What the body needs.</param>
    public static void ParallelFor(long count, long grain, delegate* unmanaged<long, long, void*, void> body, void* state)
    {
        if (torch_parallel_for(0, count, grain, body, state) != 0)
            throw new InvalidOperationException("libtorch's parallel loop failed");
    }

    [LibraryImport("torch_cpu")]
    private static partial int aoti_torch_get_data_ptr(nint tensor, out nint pointer);

    [LibraryImport("torch_cpu")]
    private static partial int torch_parallel_for(long begin, long end, long grain, delegate* unmanaged<long, long, void*, void> body, void* state);
}
