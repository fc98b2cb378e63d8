namespace MoELab.Cells;

/// <summary>The assemblies to which code in cells can refer.</summary>
internal static class HostAssemblies
{
    public static string Folder { get; } = Path.GetDirectoryName(typeof(HostAssemblies).Assembly.Location)!;

    /// <summary>Whether a program other than MoELab's, in another folder, runs the cells.</summary>
    public static bool AreForeign { get; } = Folder != Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>The assemblies of the running program, preceded by those next to MoELab if that is another folder.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. (AreForeign ? Directory.GetFiles(Folder, "*.dll") : [])
            .Concat(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator))
            .Where(f => f.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && !IsOfWebServer(f)).DistinctBy(Path.GetFileName)];

    // Only the board serves pages: its framework would cost every cell time and memory, and fill completion.
    private static bool IsOfWebServer(string file) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))) == "Microsoft.AspNetCore.App";
}
