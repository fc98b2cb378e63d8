using System.Runtime.InteropServices;

namespace MoELab.Data.Sources;

/// <summary>The .NET SDK on this machine, whose documentation, templates and messages are the default corpus's real text.</summary>
internal static class DotnetFolder
{
    /// <summary>The newest folder of a kind, such as <c>packs/Microsoft.NETCore.App.Ref</c>, and its version.</summary>
    /// <exception cref="InputException">No .NET folder contains one.</exception>
    public static (string Path, string Version) Newest(string kind, string domain)
    {
        foreach (var root in Roots().Distinct(StringComparer.Ordinal))
        {
            var folder = Path.Combine(root, kind);
            if (!Directory.Exists(folder))
                continue;
            var newest = Directory.EnumerateDirectories(folder)
                .Select(path => (Path: path, Version: Path.GetFileName(path)))
                .Where(x => char.IsAsciiDigit(x.Version[0]))
                .OrderBy(x => Version.TryParse(x.Version.Split('-')[0], out var v) ? v : new Version())
                .ThenBy(x => x.Version, StringComparer.Ordinal)
                .LastOrDefault();
            if (newest.Path is not null)
                return newest;
        }
        throw new InputException($"data.corpus: domain '{domain}' of the default corpus needs '{kind}' of the .NET 10 SDK, which was not found; "
            + "install the SDK, set DOTNET_ROOT to its folder, or use corpus: files");
    }

    private static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } set)
            yield return set;
        // The runtime is in ROOT/shared/NAME/VERSION/.
        yield return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var host = new FileInfo(Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
            if (host.Exists)
                yield return (host.ResolveLinkTarget(true) ?? host).FullName is var real ? Path.GetDirectoryName(real)! : folder;
        }
        yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet");
    }
}
