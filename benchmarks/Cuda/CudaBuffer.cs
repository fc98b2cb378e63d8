using System.Runtime.InteropServices;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.CudaCheck;

/// <summary>Owned memory on a GPU; for checks only, because training passes TorchSharp's memory.</summary>
internal sealed unsafe class CudaBuffer : IDisposable
{
    private readonly CudaDevice _device;
    private nint _pointer;

    internal CudaBuffer(CudaDevice device, long bytes)
    {
        (_device, Bytes) = (device, bytes);
        device.Enter();
        DriverErrors.Check(DriverMethods.cuMemAlloc(out _pointer, (nuint)Math.Max(bytes, 1)), $"{bytes} bytes");
    }

    internal long Bytes { get; }

    internal nint Pointer => _pointer;

    internal static CudaBuffer Of<T>(CudaDevice device, ReadOnlySpan<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var buffer = new CudaBuffer(device, bytes.Length);
        fixed (byte* start = bytes)
        {
            if (bytes.Length > 0)
                DriverErrors.Check(DriverMethods.cuMemcpyHtoD(buffer.Pointer, start, (nuint)bytes.Length), $"{bytes.Length} bytes");
        }
        return buffer;
    }

    /// <summary>Sets every byte, in stream order; 255 makes every float a NaN.</summary>
    internal void Fill(byte value, nint stream = 0)
    {
        _device.Enter();
        DriverErrors.Check(DriverMethods.cuMemsetD8Async(_pointer, value, (nuint)Bytes, stream), $"{Bytes} bytes");
    }

    /// <summary>Waits for the GPU and reads <paramref name="bytes"/> from <paramref name="from"/> on.</summary>
    internal T[] Read<T>(long from, long bytes) where T : unmanaged
    {
        _device.Enter();
        var values = new T[bytes / sizeof(T)];
        fixed (T* start = values)
        {
            if (values.Length > 0)
                DriverErrors.Check(DriverMethods.cuMemcpyDtoH(start, _pointer + (nint)from, (nuint)(values.Length * (long)sizeof(T))),
                    $"{Bytes} bytes");
        }
        return values;
    }

    public void Dispose()
    {
        if (_pointer == 0)
            return;
        _device.Enter();
        _ = DriverMethods.cuMemFree(_pointer);
        _pointer = 0;
    }
}
