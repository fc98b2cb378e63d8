using System.Runtime.InteropServices;

namespace MoELab.Interop.Torch;

/// <summary>A tensor's memory, through the C functions that libtorch exports.</summary>
internal static unsafe partial class NativeTensor
{
    /// <summary>Address of the first element of a contiguous CPU tensor; valid while the tensor lives.</summary>
    public static void* Pointer(Tensor tensor)
    {
        if (aoti_torch_get_data_ptr(tensor.Handle, out var pointer) != 0)
            throw new InvalidOperationException("libtorch returned no address for a tensor");
        return (void*)pointer;
    }

    /// <summary>The same of a float32 tensor; null for none.</summary>
    public static float* Floats(Tensor? tensor) => tensor is null ? null : (float*)Pointer(tensor);

    /// <summary>The same of an int64 tensor.</summary>
    public static long* Longs(Tensor tensor) => (long*)Pointer(tensor);

    /// <summary>The numbers of a contiguous float32 CPU tensor from an offset on; valid while the tensor lives.</summary>
    public static Span<float> Floats(Tensor tensor, long offset, int count) => new(Floats(tensor) + offset, count);

    /// <summary>The bytes of a contiguous CPU tensor from an offset on; valid while the tensor lives.</summary>
    public static Span<byte> Bytes(Tensor tensor, long offset, int count) => new((byte*)Pointer(tensor) + offset, count);

    [LibraryImport("torch_cpu")]
    private static partial int aoti_torch_get_data_ptr(nint tensor, out nint pointer);
}
