using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace MoELab.Interactive;

/// <summary>What comes beside assemblies: the command line in which runs train, and libtorch from the packages that this one depends on.</summary>
internal static class PackageFolder
{
    private const string Libtorch = "libtorch-cpu-linux-x64", Platform = "linux-x64";

    /// <summary>Lets this process and those of its runs find the command line and libtorch.</summary>
    /// <returns>A sentence about what is missing; null if nothing is.</returns>
    public static string? Use()
    {
        // lib/net10.0 of the package.
        var package = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(PackageFolder).Assembly.Location)!, "..", ".."));
        var torchSharp = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(torch).Assembly.Location)!, "..", ".."));
        var program = Path.Combine(package, "tools", "moelab", "moelab.dll");
        if ((Beside(torchSharp) ?? Beside(package)) is not { } libtorch)
            return $"libtorch is missing: expected the package {Libtorch} beside {torchSharp}";
        string[] natives = [NativeOf(torchSharp), NativeOf(libtorch)];
        TrainingProgram.Libraries = natives;
        // TorchSharp would otherwise copy libtorch, 500 MB, into its own package.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
        {
            if (natives.Select(f => Path.Combine(f, $"lib{name}.so")).FirstOrDefault(File.Exists) is not { } file)
                return IntPtr.Zero;
            // The loader of the system does not look in the other folder for what this one needs.
            if (file.StartsWith(natives[0], StringComparison.Ordinal))
                NativeLibrary.Load(Path.Combine(natives[1], "libtorch.so"));
            return NativeLibrary.Load(file);
        };
        if (!File.Exists(program))
            return $"the command line, in which runs train, is missing: expected {program}";
        TrainingProgram.Carried = program;
        return null;
    }

    /// <summary>
    /// Lets packages that were built with a newer FSharp.Core than the notebook's program carries run with that one, as Plotly.NET 6.0.0 does.
    /// </summary>
    public static void ShareFSharp() => AssemblyLoadContext.Default.Resolving += (context, name) =>
        name.Name == "FSharp.Core" ? context.Assemblies.FirstOrDefault(a => a.GetName().Name == name.Name) : null;

    // In the same folder of packages: the newest if there are several.
    private static string? Beside(string package)
    {
        var versions = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(package))!, Libtorch);
        return Directory.Exists(versions) ? Directory.GetDirectories(versions).Order(StringComparer.Ordinal).LastOrDefault() : null;
    }

    private static string NativeOf(string package) => Path.Combine(package, "runtimes", Platform, "native");
}
