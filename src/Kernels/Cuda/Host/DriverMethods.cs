using System.Runtime.InteropServices;

namespace MoELab.Cuda;

/// <summary>The driver's C functions as cuda.h declares them (with the suffix that its macros add); 0 is success.</summary>
internal static unsafe partial class DriverMethods
{
    static DriverMethods() => NativeLibraries.Resolve();

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuInit(uint flags);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDriverGetVersion(out int version);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuGetErrorName(int error, out nint name);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuGetErrorString(int error, out nint text);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDeviceGetCount(out int count);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuCtxSynchronize();

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuModuleLoadData(out nint module, byte* image);

    [LibraryImport(NativeLibraries.Driver, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuLaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, nint stream, void** parameters, void** extra);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuMemAlloc_v2")]
    internal static partial int cuMemAlloc(out nint pointer, nuint bytes);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuMemFree_v2")]
    internal static partial int cuMemFree(nint pointer);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuMemcpyHtoD_v2")]
    internal static partial int cuMemcpyHtoD(nint to, void* from, nuint bytes);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuMemcpyDtoH_v2")]
    internal static partial int cuMemcpyDtoH(void* to, nint from, nuint bytes);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    internal static partial int cuMemcpyDtoDAsync(nint to, nint from, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuMemsetD8Async(nint pointer, byte value, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuEventCreate(out nint handle, uint flags);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuEventRecord(nint handle, nint stream);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuEventSynchronize(nint handle);

    [LibraryImport(NativeLibraries.Driver)]
    internal static partial int cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(NativeLibraries.Driver, EntryPoint = "cuEventDestroy_v2")]
    internal static partial int cuEventDestroy(nint handle);
}
