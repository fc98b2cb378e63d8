using System.Collections.Concurrent;
using NuGet.Versioning;

namespace MoELab.Cells.Packages;

/// <summary>The packages of the running program, from the list that its build wrote next to it, and those that its cells have loaded.</summary>
internal static class HostPackages
{
    private static readonly string[] Shared =
        ["TorchSharp", "libtorch", "Microsoft.CodeAnalysis", "MoELab", "Microsoft.DotNet.Interactive.Formatting"];
    private static readonly ConcurrentDictionary<string, NuGetVersion> Loaded = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Lazy<Dictionary<string, NuGetVersion>> Carried = new(Read);

    /// <summary>A package of the program, or one that a cell of this process has loaded; null if it is neither.</summary>
    public static CarriedPackage? Find(string name) => Carried.Value.TryGetValue(name, out var host) ? new CarriedPackage(name, host, true)
        : Loaded.TryGetValue(name, out var cells) ? new CarriedPackage(name, cells, false) : null;

    public static void Load(string name, NuGetVersion version) => Loaded.TryAdd(name, version);

    /// <summary>Whether a package's types are shared between the host and the cells, so that a second version cannot be loaded.</summary>
    public static bool IsShared(string name) => Shared.Any(s => name.StartsWith(s, StringComparison.OrdinalIgnoreCase));

    private static Dictionary<string, NuGetVersion> Read()
    {
        var packages = new Dictionary<string, NuGetVersion>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in ((string?)AppContext.GetData("APP_CONTEXT_DEPS_FILES") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Where(File.Exists))
        {
            if (JsonNode.Parse(File.ReadAllText(file))?["libraries"] is not JsonObject libraries)
                continue;
            foreach (var (library, about) in libraries)
                if (library.Split('/') is [var name, var version] && NuGetVersion.TryParse(version, out var parsed)
                    && about?["type"]?.ToString() is "package" or "project")
                    packages[name] = parsed;
        }
        return packages;
    }
}
