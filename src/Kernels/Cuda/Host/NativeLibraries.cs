using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda.Host;

/// <summary>Finds the two libraries that no package contains: the driver's and NVRTC.</summary>
internal static class NativeLibraries
{
    internal const string Driver = "cuda-driver", Nvrtc = "nvrtc";

    /// <summary>The environment variable with a file, or a folder that contains one, in which NVRTC is looked for first.</summary>
    internal const string NvrtcVariable = "MOELAB_NVRTC";

    private static readonly string[] DriverNames = ["libcuda.so.1", "libcuda.so", "nvcuda.dll"];
    private static readonly string[] NvrtcNames = ["libnvrtc.so.13", "libnvrtc.so.12", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll"];
    private static readonly Lazy<bool> Resolved = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly,
            (name, _, _) => name switch { Driver => LoadedDriver!.Value, Nvrtc => LoadedNvrtc!.Value, _ => 0 });
        return true;
    });
    private static readonly Lazy<nint> LoadedDriver = new(() => LoadFirst(DriverNames));
    private static readonly Lazy<nint> LoadedNvrtc = new(() => FindNvrtc(Environment.GetEnvironmentVariable(NvrtcVariable)));

    internal static bool HasDriver => LoadedDriver.Value != 0;
    internal static bool HasNvrtc => LoadedNvrtc.Value != 0;

    /// <summary>Resolves the libraries of this assembly's imports. The classes that declare imports call it before their first call.</summary>
    internal static void Resolve() => _ = Resolved.Value;

    /// <summary>
    /// Loads NVRTC from the given place; without one, by its system names and then from next to the application, where the CUDA build of
    /// TorchSharp puts it.
    /// </summary>
    internal static nint FindNvrtc(string? place)
    {
        if (!string.IsNullOrEmpty(place))
            return File.Exists(place) ? LoadFile(place) : LoadFrom(place);
        return LoadFirst(NvrtcNames) is not 0 and var system ? system : Folders().Select(LoadFrom).FirstOrDefault(handle => handle != 0);
    }

    private static IEnumerable<string> Folders()
    {
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", OperatingSystem.IsWindows() ? "win-x64" : "linux-x64", "native");
        foreach (var folder in (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
    }

    private static nint LoadFrom(string folder) => !Directory.Exists(folder) ? 0 : Directory.EnumerateFiles(folder, "*nvrtc*")
        .Where(f => Path.GetFileName(f) is var n && !n.Contains("builtins", StringComparison.Ordinal)
            && (n.Contains(".so", StringComparison.Ordinal) || n.EndsWith(".dll", StringComparison.Ordinal)))
        .OrderDescending(StringComparer.Ordinal).Select(LoadFile).FirstOrDefault(handle => handle != 0);

    private static nint LoadFile(string file)
    {
        // NVRTC loads its builtins by their bare name, which works only if they are already loaded.
        foreach (var builtins in Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(file))!, "*nvrtc-builtins*")
            .OrderDescending(StringComparer.Ordinal))
            NativeLibrary.TryLoad(builtins, out _);
        return NativeLibrary.TryLoad(file, out var handle) ? handle : 0;
    }

    private static nint LoadFirst(string[] names) =>
        names.Select(name => NativeLibrary.TryLoad(name, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0);
}
