using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.CudaCheck;

/// <summary>Memory of a GPU, freed together. Each array lies between guards, which tell of a kernel that writes beside it.</summary>
internal sealed class GpuMemory(CudaDevice device) : IDeviceMemory, IDisposable
{
    // An array begins where the driver's own allocations would.
    private const int Guard = 256;
    private const byte Untouched = 0xa5;

    private readonly Dictionary<nint, CudaBuffer> _buffers = [];

    public nint Put<T>(T[] values) where T : unmanaged
    {
        var pointer = Room<T>(values.Length);
        using var from = CudaBuffer.Of<T>(device, values);
        Copy(from, pointer, from.Bytes);
        return pointer;
    }

    public unsafe nint Room<T>(long count) where T : unmanaged
    {
        var buffer = new CudaBuffer(device, (count * sizeof(T)) + (2 * Guard));
        buffer.Fill(Untouched);
        DriverErrors.Check(DriverMethods.cuMemsetD8Async(buffer.Pointer + Guard, 255, (nuint)(count * sizeof(T)), 0), $"{count * sizeof(T)} bytes");
        _buffers.Add(buffer.Pointer + Guard, buffer);
        return buffer.Pointer + Guard;
    }

    public T[] Get<T>(nint pointer) where T : unmanaged => _buffers[pointer].Read<T>(Guard, _buffers[pointer].Bytes - (2 * Guard));

    /// <summary>Bytes of the arrays beside which something was written.</summary>
    internal IEnumerable<long> WrittenBeside() =>
        from buffer in _buffers.Values
        where buffer.Read<byte>(0, Guard).Concat(buffer.Read<byte>(buffer.Bytes - Guard, Guard)).Any(b => b != Untouched)
        select buffer.Bytes - (2 * Guard);

    /// <summary>Many random bfloat16 numbers: a block of the host's, repeated on the GPU.</summary>
    internal nint Random(long count, double scale)
    {
        const int Block = 1 << 22;
        var pointer = Room<ushort>(count);
        using var block = CudaBuffer.Of<ushort>(device, Bf16.Normal(new Random(1), Math.Min(count, Block), scale));
        for (long at = 0; at < count; at += Block)
            Copy(block, pointer + (nint)(at * sizeof(ushort)), Math.Min(Block, count - at) * sizeof(ushort));
        return pointer;
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
        _buffers.Clear();
    }

    // Waits: the source may be freed right after.
    private void Copy(CudaBuffer from, nint to, long bytes)
    {
        if (bytes == 0)
            return;
        DriverErrors.Check(DriverMethods.cuMemcpyDtoDAsync(to, from.Pointer, (nuint)bytes, 0), $"{bytes} bytes");
        device.Synchronize();
    }
}
