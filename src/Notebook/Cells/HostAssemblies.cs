namespace MoELab.Cells;

/// <summary>The assemblies that code in cells may refer to.</summary>
internal static class HostAssemblies
{
    /// <summary>Where MoELab's assemblies lie.</summary>
    public static string Folder { get; } = Path.GetDirectoryName(typeof(HostAssemblies).Assembly.Location)!;

    /// <summary>Whether another program than MoELab's, in a folder of its own, runs the cells.</summary>
    public static bool AreForeign { get; } = Folder != Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>The running program's, and before them those beside MoELab where that is another folder.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. (AreForeign ? Directory.GetFiles(Folder, "*.dll") : [])
            .Concat(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator))
            .Where(f => f.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)).DistinctBy(Path.GetFileName)];
}
