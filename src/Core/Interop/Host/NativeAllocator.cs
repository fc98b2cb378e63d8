using System.Runtime.InteropServices;

namespace MoELab.Interop.Host;

/// <summary>How the process's native heap, which holds libtorch's tensors, treats memory that is free for a moment.</summary>
public static partial class NativeAllocator
{
    // Numbers of glibc's malloc.h.
    private const int TrimThreshold = -1, TopPad = -2, MmapMax = -4, ArenaMax = -8;

    /// <summary>
    /// Keeps freed pages instead of giving them back to the system. A training step frees and takes the same hundreds of megabytes again,
    /// and the system clears each page that it hands out. One heap for all threads keeps what one freed within reach of the others.
    /// For a process of one's own: it concerns every library in it. Does nothing where the C library is not glibc.
    /// </summary>
    /// <returns>Whether the settings were taken.</returns>
    public static bool KeepPages()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return mallopt(ArenaMax, 1) + mallopt(MmapMax, 0) + mallopt(TrimThreshold, int.MaxValue) + mallopt(TopPad, 1 << 26) == 4;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
