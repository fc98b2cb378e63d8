using System.Runtime.InteropServices;

namespace MoELab.Interop.Host;

/// <summary>Takes a process out of its terminal's group, so that Ctrl-C there reaches the parent alone.</summary>
internal static partial class OwnSession
{
    /// <summary>Begins a session of this process's own; where it leads a group already, or the system has no sessions, nothing happens.</summary>
    internal static void Begin()
    {
        if (!OperatingSystem.IsWindows())
            _ = setsid();
    }

    [LibraryImport("libc")]
    private static partial int setsid();
}
