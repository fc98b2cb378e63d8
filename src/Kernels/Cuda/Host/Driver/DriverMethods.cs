using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>The driver's C functions as cuda.h declares them (with the suffix that its macros add); 0 is success.</summary>
internal static unsafe partial class DriverMethods
{
    private const string Driver = NativeLibraries.Driver;

    static DriverMethods() => NativeLibraries.Resolve();

    [LibraryImport(Driver)] internal static partial int cuInit(uint flags);
    [LibraryImport(Driver)] internal static partial int cuDriverGetVersion(out int version);
    [LibraryImport(Driver)] internal static partial int cuGetErrorName(int error, out nint name);
    [LibraryImport(Driver)] internal static partial int cuGetErrorString(int error, out nint text);
    [LibraryImport(Driver)] internal static partial int cuDeviceGetCount(out int count);
    [LibraryImport(Driver)] internal static partial int cuDeviceGet(out int device, int ordinal);
    [LibraryImport(Driver)] internal static partial int cuDeviceGetName(byte* name, int length, int device);
    [LibraryImport(Driver)] internal static partial int cuDeviceGetAttribute(out int value, int attribute, int device);
    [LibraryImport(Driver)] internal static partial int cuDevicePrimaryCtxRetain(out nint context, int device);
    [LibraryImport(Driver)] internal static partial int cuCtxSetCurrent(nint context);
    [LibraryImport(Driver)] internal static partial int cuCtxSynchronize();
    [LibraryImport(Driver)] internal static partial int cuModuleLoadData(out nint module, byte* image);
    [LibraryImport(Driver, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int cuModuleGetFunction(out nint function, nint module, string name);
    [LibraryImport(Driver)] internal static partial int cuFuncSetAttribute(nint function, int attribute, int value);
    [LibraryImport(Driver)]
    internal static partial int cuLaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, nint stream, void** parameters, void** extra);
    [LibraryImport(Driver, EntryPoint = "cuMemAlloc_v2")] internal static partial int cuMemAlloc(out nint pointer, nuint bytes);
    [LibraryImport(Driver, EntryPoint = "cuMemFree_v2")] internal static partial int cuMemFree(nint pointer);
    [LibraryImport(Driver, EntryPoint = "cuMemcpyHtoD_v2")] internal static partial int cuMemcpyHtoD(nint to, void* from, nuint bytes);
    [LibraryImport(Driver, EntryPoint = "cuMemcpyDtoH_v2")] internal static partial int cuMemcpyDtoH(void* to, nint from, nuint bytes);
    [LibraryImport(Driver, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    internal static partial int cuMemcpyDtoDAsync(nint to, nint from, nuint bytes, nint stream);
    [LibraryImport(Driver)] internal static partial int cuMemsetD8Async(nint pointer, byte value, nuint bytes, nint stream);
    [LibraryImport(Driver)] internal static partial int cuEventCreate(out nint handle, uint flags);
    [LibraryImport(Driver)] internal static partial int cuEventRecord(nint handle, nint stream);
    [LibraryImport(Driver)] internal static partial int cuEventSynchronize(nint handle);
    [LibraryImport(Driver)] internal static partial int cuEventElapsedTime(out float milliseconds, nint start, nint end);
    [LibraryImport(Driver, EntryPoint = "cuEventDestroy_v2")] internal static partial int cuEventDestroy(nint handle);
}
