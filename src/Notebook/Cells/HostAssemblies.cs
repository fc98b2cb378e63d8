namespace MoELab.Cells;

/// <summary>The assemblies to which code in cells can refer.</summary>
internal static class HostAssemblies
{
    private static readonly Lazy<IReadOnlyList<string>> All = new(List);

    /// <summary>Assemblies that the host has loaded from packages, beside those of its program. To be set before the first cell.</summary>
    public static IReadOnlyList<string> Packages { get; set; } = [];

    /// <summary>The assemblies of the running program, then those of packages; of two with one name, the program's is the one that runs.</summary>
    public static IReadOnlyList<string> Files => All.Value;

    private static IReadOnlyList<string> List() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Concat(Packages)
            .Where(f => f.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && !IsOfWebServer(f)).DistinctBy(Path.GetFileName)];

    // Only the board serves pages: its framework would cost every cell time and memory, and fill completion.
    private static bool IsOfWebServer(string file) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))) == "Microsoft.AspNetCore.App";
}
