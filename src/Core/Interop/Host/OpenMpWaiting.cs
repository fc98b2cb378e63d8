using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoELab.Interop.Host;

/// <summary>
/// How the threads of libtorch's operators wait for each other. GNU OpenMP's default is to spin for milliseconds at every barrier, which
/// on a machine with another busy process takes the time slices that the thread waited for needs. It reads its settings once, from the C
/// environment, when libtorch is loaded: this runs before that, when the library's first type is used.
/// </summary>
internal static partial class OpenMpWaiting
{
    /// <summary>Looks before a thread sleeps, about 15 microseconds: as fast as the default where nothing else runs.</summary>
    internal const int SpinCount = 1000;

    private const string Spin = "GOMP_SPINCOUNT", Policy = "OMP_WAIT_POLICY";

    /// <summary>What is in force and where it comes from, for people.</summary>
    internal static string InForce { get; private set; } = "OpenMP's default";

    // A library that is loaded into a program has no other place that comes before libtorch.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Set()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var own = ((string[])[Spin, Policy]).Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
            .Where(s => s.Value is { Length: > 0 }).ToList();
        var text = string.Join(", ", own.Select(s => $"{s.Name}={s.Value}"));
        if (IsLoaded())
        {
            InForce = own.Count > 0 ? $"{text}, from the environment"
                : "OpenMP's default: libtorch was loaded before MoELab; use a type of MoELab first, or set GOMP_SPINCOUNT=1000 in the environment";
            return;
        }
        try
        {
            // The runtime keeps an environment of its own: what a program set there has not reached the C library.
            foreach (var (name, value) in own.Count > 0 ? own : [(Spin, $"{SpinCount}")])
                _ = setenv(name, value!, 1);
            InForce = own.Count > 0 ? $"{text}, from the environment"
                : $"spin {SpinCount} times, then sleep; GOMP_SPINCOUNT or OMP_WAIT_POLICY in the environment override this";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library than glibc has no GNU OpenMP either.
        }
    }

    private static bool IsLoaded()
    {
        try
        {
            return File.ReadLines("/proc/self/maps").Any(line => line.Contains("/libtorch_cpu.so", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
