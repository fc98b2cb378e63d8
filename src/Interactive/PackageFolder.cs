using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace MoELab.Interactive;

/// <summary>What the package brings beside assemblies: the command line in which runs train, and libtorch from the packages that it depends on.</summary>
internal static class PackageFolder
{
    private const string Libtorch = "libtorch-cpu-linux-x64";

    /// <summary>Lets this process and those of its runs find the command line and libtorch.</summary>
    public static void Use()
    {
        // lib/net10.0 of the package.
        var package = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(PackageFolder).Assembly.Location)!, "..", ".."));
        var torchSharp = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(torch).Assembly.Location)!, "..", ".."));
        var natives = new[] { NativeOf(torchSharp), Beside(torchSharp) ?? Beside(package) }.OfType<string>().Where(Directory.Exists).ToArray();
        TrainingProgram.Libraries = natives;
        if (Path.Combine(package, "tools", "moelab", "moelab.dll") is var program && File.Exists(program))
            TrainingProgram.Carried = program;
        // TorchSharp would otherwise copy libtorch, 500 MB, into its own package.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => natives.Select(f => Path.Combine(f, $"lib{name}.so")).FirstOrDefault(File.Exists)
            is { } file ? NativeLibrary.Load(file) : IntPtr.Zero;
    }

    // Beside the package, in the same folder of packages: the newest if there are several.
    private static string? Beside(string package)
    {
        var versions = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(package))!, Libtorch);
        return Directory.Exists(versions) ? Directory.GetDirectories(versions).Order(StringComparer.Ordinal).Select(NativeOf).LastOrDefault() : null;
    }

    private static string NativeOf(string package) => Path.Combine(package, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
}
