using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>NVRTC's C functions as nvrtc.h declares them; 0 is success.</summary>
internal static unsafe partial class NvrtcMethods
{
    private const string Nvrtc = NativeLibraries.Nvrtc;

    static NvrtcMethods() => NativeLibraries.Resolve();

    [LibraryImport(Nvrtc)] internal static partial int nvrtcVersion(out int major, out int minor);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetNumSupportedArchs(out int count);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetSupportedArchs([Out] int[] architectures);
    [LibraryImport(Nvrtc, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int nvrtcCreateProgram(out nint program, string source, string name, int headerCount, nint headers, nint includeNames);
    [LibraryImport(Nvrtc, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int nvrtcCompileProgram(nint program, int optionCount, string[] options);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetProgramLogSize(nint program, out nuint size);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetProgramLog(nint program, byte* log);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetCUBINSize(nint program, out nuint size);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetCUBIN(nint program, byte* code);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetPTXSize(nint program, out nuint size);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcGetPTX(nint program, byte* code);
    [LibraryImport(Nvrtc)] internal static partial int nvrtcDestroyProgram(ref nint program);
    [LibraryImport(Nvrtc)] internal static partial nint nvrtcGetErrorString(int result);
}
