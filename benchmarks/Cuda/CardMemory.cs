using MoELab.Cuda;

namespace MoELab.CudaCheck;

/// <summary>Memory of a card, freed together.</summary>
internal sealed class CardMemory(CudaDevice device) : IDeviceMemory, IDisposable
{
    private readonly Dictionary<nint, CudaBuffer> _buffers = [];

    public nint Put<T>(T[] values) where T : unmanaged => Keep(CudaBuffer.Of<T>(device, values));

    public unsafe nint Room<T>(long count) where T : unmanaged
    {
        var buffer = new CudaBuffer(device, count * sizeof(T));
        buffer.Fill(255);
        return Keep(buffer);
    }

    public T[] Get<T>(nint pointer) where T : unmanaged => _buffers[pointer].Read<T>();

    /// <summary>Many random bfloat16 numbers: a block of the host's, repeated on the card.</summary>
    internal nint Random(long count, double scale)
    {
        const int Block = 1 << 22;
        var first = new CudaBuffer(device, count * sizeof(ushort));
        using var block = CudaBuffer.Of<ushort>(device, Bf16.Normal(new Random(1), Math.Min(count, Block), scale));
        for (long at = 0; at < count; at += Block)
            DriverErrors.Check(DriverMethods.cuMemcpyDtoDAsync(first.Pointer + (nint)(at * sizeof(ushort)), block.Pointer, (nuint)(Math.Min(Block, count - at) * sizeof(ushort)), 0), "random numbers");
        device.Synchronize();
        return Keep(first);
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
        _buffers.Clear();
    }

    private nint Keep(CudaBuffer buffer)
    {
        _buffers.Add(buffer.Pointer, buffer);
        return buffer.Pointer;
    }
}
