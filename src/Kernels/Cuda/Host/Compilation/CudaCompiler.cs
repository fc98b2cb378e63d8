using System.Runtime.InteropServices;
using System.Text;

namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>Compiles CUDA C++ through NVRTC; needs no nvcc, no headers and no GPU.</summary>
internal sealed unsafe class CudaCompiler
{
    private static readonly string[] Always = ["--std=c++17"];
    private static readonly Lazy<(CudaCompiler? Compiler, string Reason)> Found = new(Load);
    private readonly CudaCache _cache;

    private CudaCompiler(CudaCache cache, string version, IReadOnlyList<int> known) => (_cache, Version, Architectures) = (cache, version, known);

    /// <summary>The version of NVRTC, such as <c>12.4</c>.</summary>
    internal string Version { get; }

    /// <summary>Compute capabilities, times ten, for which this NVRTC generates machine code.</summary>
    internal IReadOnlyList<int> Architectures { get; }

    /// <summary>The compiler of this machine, or null with the reason why there is none.</summary>
    internal static CudaCompiler? Find(out string reason)
    {
        reason = Found.Value.Reason;
        return Found.Value.Compiler;
    }

    /// <summary>The same compiler with another cache.</summary>
    internal CudaCompiler With(CudaCache cache) => new(cache, Version, Architectures);

    /// <summary>Compiles a source, or reads the cached result.</summary>
    /// <exception cref="CudaCompileException">The source does not compile.</exception>
    internal CudaBinary Compile(string source, string name, CudaArchitecture architecture, params IReadOnlyList<string> options)
    {
        var key = CudaCache.Key(Version, architecture.Name, [.. Always, .. options], name, source);
        if (_cache.Read(key) is { } kept)
            return kept;
        var binary = Run(source, name, architecture, [$"-arch={architecture.Name}", .. Always, .. options]);
        _cache.Write(key, binary);
        return binary;
    }

    private static CudaBinary Run(string source, string name, CudaArchitecture architecture, string[] options)
    {
        Check(NvrtcMethods.nvrtcCreateProgram(out var program, source, name, 0, 0, 0), name);
        try
        {
            var result = NvrtcMethods.nvrtcCompileProgram(program, options.Length, options);
            Check(NvrtcMethods.nvrtcGetProgramLogSize(program, out var logSize), name);
            var log = Encoding.UTF8.GetString(Read(logSize, p => NvrtcMethods.nvrtcGetProgramLog(program, (byte*)p), name)).TrimEnd('\0');
            const int CompilationFailed = 6;
            if (result == CompilationFailed)
                throw new CudaCompileException(name, CudaMessage.Parse(log), log);
            Check(result, name);
            nuint size;
            Check(architecture.IsPtx ? NvrtcMethods.nvrtcGetPTXSize(program, out size) : NvrtcMethods.nvrtcGetCUBINSize(program, out size), name);
            return new CudaBinary(Read(size,
                p => architecture.IsPtx ? NvrtcMethods.nvrtcGetPTX(program, (byte*)p) : NvrtcMethods.nvrtcGetCUBIN(program, (byte*)p),
                name), log, false);
        }
        finally
        {
            _ = NvrtcMethods.nvrtcDestroyProgram(ref program);
        }
    }

    private static byte[] Read(nuint size, Func<nint, int> get, string name)
    {
        var bytes = new byte[size];
        fixed (byte* start = bytes)
        {
            if (size > 0)
                Check(get((nint)start), name);
        }
        return bytes;
    }

    private static void Check(int result, string name)
    {
        if (result != 0)
            throw new CudaException($"NVRTC could not compile {name}: {Marshal.PtrToStringUTF8(NvrtcMethods.nvrtcGetErrorString(result))}");
    }

    private static (CudaCompiler?, string) Load()
    {
        if (!NativeLibraries.HasNvrtc)
            return (null, Missing(Environment.GetEnvironmentVariable(NativeLibraries.NvrtcVariable)));
        try
        {
            if (NvrtcMethods.nvrtcVersion(out var major, out var minor) != 0 || NvrtcMethods.nvrtcGetNumSupportedArchs(out var count) != 0)
                return (null, "NVRTC does not report its version; expected libnvrtc of CUDA 12 or 13");
            var known = new int[count];
            if (NvrtcMethods.nvrtcGetSupportedArchs(known) != 0 || !known.Contains(CudaArchitecture.Oldest))
                return (null, $"NVRTC {major}.{minor} does not compile for compute capability 8.0; expected CUDA 12 or 13");
            return (new CudaCompiler(CudaCache.Default, $"{major}.{minor}", known), "");
        }
        catch (EntryPointNotFoundException)
        {
            return (null, "this libnvrtc is too old; expected CUDA 12 or 13");
        }
    }

    /// <summary>A sentence that says why NVRTC is missing and how to get it.</summary>
    internal static string Missing(string? place) => string.IsNullOrEmpty(place)
        ? "NVRTC, the compiler of CUDA C++, was not found; "
            + $"install libnvrtc12 (Debian, Ubuntu) or CUDA 12 or 13, or set {NativeLibraries.NvrtcVariable} to the folder of libnvrtc.so.12"
        : $"{NativeLibraries.NvrtcVariable} is '{place}', which is neither libnvrtc nor a folder with one that loads; "
            + "expected the folder of libnvrtc.so.12 or libnvrtc.so.13";
}
