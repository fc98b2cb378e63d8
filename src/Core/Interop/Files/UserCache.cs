
namespace MoELab.Interop.Files;

/// <summary>The user's cache folder by the XDG rules. The CUDA host, which knows no core, compiles this file too.</summary>
internal static class UserCache
{
    /// <summary><c>XDG_CACHE_HOME/moelab</c>, else <c>~/.cache/moelab</c>.</summary>
    public static string Folder => Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "moelab");
}
