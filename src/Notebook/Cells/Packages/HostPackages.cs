using System.Text.Json.Nodes;
using NuGet.Versioning;

namespace MoELab.Cells.Packages;

/// <summary>The packages that the running program carries, by the list that its build wrote beside it.</summary>
internal static class HostPackages
{
    private static readonly string[] Shared = ["TorchSharp", "libtorch", "Microsoft.CodeAnalysis", "MoELab", "Microsoft.DotNet.Interactive.Formatting"];
    private static readonly Lazy<Dictionary<string, NuGetVersion>> Carried = new(Read);

    /// <summary>A package's version; null where the program does not carry it.</summary>
    public static NuGetVersion? Find(string name) => Carried.Value.GetValueOrDefault(name);

    /// <summary>Whether a package's types pass between the host and the cells, so that another version cannot stand beside it.</summary>
    public static bool IsShared(string name) => Shared.Any(s => name.StartsWith(s, StringComparison.OrdinalIgnoreCase));

    private static Dictionary<string, NuGetVersion> Read()
    {
        var packages = new Dictionary<string, NuGetVersion>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in ((string?)AppContext.GetData("APP_CONTEXT_DEPS_FILES") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Where(File.Exists))
        {
            if (JsonNode.Parse(File.ReadAllText(file))?["libraries"] is not JsonObject libraries)
                continue;
            foreach (var (library, about) in libraries)
                if (library.Split('/') is [var name, var version] && NuGetVersion.TryParse(version, out var parsed) && about?["type"]?.ToString() is "package" or "project")
                    packages[name] = parsed;
        }
        return packages;
    }
}
