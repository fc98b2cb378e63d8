using System.Text;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>A GPU through its primary context, which libtorch uses too, so that pointers and streams are shared.</summary>
internal sealed unsafe class CudaDevice
{
    /// <summary>CUDA 12.0, in the format of <c>cuDriverGetVersion</c>: code compiled by NVRTC 12 needs a driver of the same generation.</summary>
    internal const int OldestDriver = 12000;

    private const int MajorAttribute = 75, MinorAttribute = 76, MultiprocessorsAttribute = 16, SharedBytesAttribute = 97;
    private readonly nint _context;

    private CudaDevice(int ordinal)
    {
        DriverErrors.Check(DriverMethods.cuDeviceGet(out var device, ordinal), $"GPU {ordinal}");
        var name = new byte[256];
        fixed (byte* start = name)
            DriverErrors.Check(DriverMethods.cuDeviceGetName(start, name.Length, device), $"GPU {ordinal}");
        Name = Encoding.UTF8.GetString(name).TrimEnd('\0');
        Capability = (10 * Attribute(MajorAttribute)) + Attribute(MinorAttribute);
        Multiprocessors = Attribute(MultiprocessorsAttribute);
        SharedBytes = Attribute(SharedBytesAttribute);
        DriverErrors.Check(DriverMethods.cuDevicePrimaryCtxRetain(out _context, device), $"GPU {ordinal}");

        int Attribute(int which)
        {
            DriverErrors.Check(DriverMethods.cuDeviceGetAttribute(out var value, which, device), $"GPU {ordinal}");
            return value;
        }
    }

    /// <summary>The name, such as <c>NVIDIA A100-SXM4-80GB</c>.</summary>
    internal string Name { get; }

    /// <summary>Compute capability times ten.</summary>
    internal int Capability { get; }

    /// <summary>Number of streaming multiprocessors.</summary>
    internal int Multiprocessors { get; }

    /// <summary>Maximum dynamic shared memory of a block, in bytes.</summary>
    internal int SharedBytes { get; }

    /// <summary>A GPU of this machine, or null with the reason why there is none.</summary>
    internal static CudaDevice? Find(int ordinal, out string reason)
    {
        reason = "";
        if (!NativeLibraries.HasDriver)
        {
            reason = "this machine has no NVIDIA driver (libcuda.so.1)";
            return null;
        }
        try
        {
            if (DriverMethods.cuInit(0) is not 0 and var result)
                reason = DriverErrors.Sentence(result, "the NVIDIA driver failed to start");
            else if (DriverMethods.cuDriverGetVersion(out var version) == 0 && version < OldestDriver)
                reason = $"the NVIDIA driver supports CUDA {version / 1000}.{version % 1000 / 10}; "
                    + "expected one for CUDA 12.0 or newer (525.60 or later)";
            else if (DriverMethods.cuDeviceGetCount(out var count) != 0 || count == 0)
                reason = "the NVIDIA driver found no GPU";
            else if (ordinal >= count)
                reason = $"there is no GPU {ordinal}; this machine has {count}";
            return reason.Length > 0 ? null : new CudaDevice(ordinal);
        }
        catch (CudaException e)
        {
            reason = e.Message;
        }
        catch (EntryPointNotFoundException e)
        {
            reason = $"the NVIDIA driver is too old ({e.Message}); expected one for CUDA 12.0 or newer (525.60 or later)";
        }
        return null;
    }

    /// <summary>Makes this GPU current for the calling thread.</summary>
    internal void Enter() => DriverErrors.Check(DriverMethods.cuCtxSetCurrent(_context), Name);

    /// <summary>Waits for everything that was launched.</summary>
    internal void Synchronize()
    {
        Enter();
        DriverErrors.Check(DriverMethods.cuCtxSynchronize(), Name);
    }
}
