using System.Numerics;
using System.Runtime.InteropServices;

namespace MoELab.Interop.Torch;

/// <summary>The memory of CPU tensors as spans, for the loops that an operator library has no exact or fast answer to.</summary>
internal static class HostMemory
{
    /// <summary>Whether the tensor's own memory can be read as a row-major span.</summary>
    public static bool IsReadable(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    /// <summary>The memory itself; valid while the tensor lives.</summary>
    public static Span<T> Of<T>(Tensor tensor) where T : struct => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    /// <summary>A copy on the host, whatever the device, layout and element type.</summary>
    public static T[] Copy<T>(Tensor tensor, torch.ScalarType type) where T : struct
    {
        using var scope = torch.NewDisposeScope();
        return Of<T>(tensor.detach().to(type, torch.CPU).contiguous()).ToArray();
    }

    /// <summary>Index of the first NaN or infinity, -1 if there is none.</summary>
    public static int FirstNonFinite(ReadOnlySpan<float> values)
    {
        // A finite number times zero is zero; NaN and infinity times zero stay NaN, so one sum tells of them all.
        var blocks = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sum = Vector<float>.Zero;
        foreach (var block in blocks)
            sum += block * Vector<float>.Zero;
        var probe = Vector.Sum(sum);
        foreach (var value in values[(blocks.Length * Vector<float>.Count)..])
            probe += value * 0;
        if (probe == 0)
            return -1;
        var index = 0;
        while (float.IsFinite(values[index]))
            index++;
        return index;
    }
}
