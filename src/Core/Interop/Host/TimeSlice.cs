using System.Runtime.InteropServices;

namespace MoELab.Interop.Host;

/// <summary>
/// How long the system lets a thread of this library run before it looks for another one. A step has hundreds of places where threads
/// wait for each other; with Linux's usual slice of some milliseconds, a thread that is woken beside a busy process may wait that long for
/// its core. A short slice takes no larger share of the core: it makes the turns shorter, and those who ask for short ones come sooner (EEVDF,
/// Linux 6.12). Older kernels and other systems have no such setting and are left as they are.
/// </summary>
internal static unsafe partial class TimeSlice
{
    // The shortest that Linux takes, in nanoseconds.
    private const ulong Short = 100_000;

    private const int Normal = 0;

    [ThreadStatic]
    private static bool t_short;

    /// <summary>For the calling thread, and for threads and processes that it makes from now on.</summary>
    internal static void Shorten()
    {
        if (!t_short)
            Set(Short);
        t_short = true;
    }

    /// <summary>Gives the calling thread the system's own slice again.</summary>
    internal static void Restore()
    {
        if (t_short)
            Set(0);
        t_short = false;
    }

    private static void Set(ulong nanoseconds)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (set, get) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (314, 315),
            Architecture.Arm64 => (274, 275),
            _ => (0, 0),
        };
        try
        {
            var attributes = new Attributes();
            // A policy that somebody chose stays.
            if (set == 0 || syscall(get, 0, &attributes, (uint)sizeof(Attributes), 0) != 0 || attributes.Policy != Normal)
                return;
            attributes.Size = (uint)sizeof(Attributes);
            attributes.Runtime = nanoseconds;
            _ = syscall(set, 0, &attributes, 0, 0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // No C library that passes system calls on.
        }
    }

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint thread, Attributes* attributes, nuint sizeOrFlags, nuint flags);

    // struct sched_attr, its first version.
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
