using NuGet.Common;
using NuGet.Configuration;
using NuGet.Frameworks;
using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;
using NuGet.Versioning;

namespace MoELab.Cells.Packages;

/// <summary>
/// <c>#r "nuget: Name, Version"</c>: a package and its dependencies, from the machine's configured sources or, without a network,
/// from its package folder. For each package, the lowest version that satisfies all dependents is used; for the host's own packages, the host's
/// version.
/// </summary>
internal sealed class PackageResolver(string asked, ICellOutput output, CancellationToken cancel) : IDisposable
{
    private static readonly NuGetFramework Framework = NuGetFramework.Parse("net10.0");
    private readonly ISettings _settings = Settings.LoadDefaultSettings(Directory.GetCurrentDirectory());
    private readonly SourceCacheContext _cache = new();
    private readonly Dictionary<string, NuGetVersion> _chosen = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<PackageDependency>> _dependencies = new(StringComparer.OrdinalIgnoreCase);

    private string Folder => SettingsUtility.GetGlobalPackagesFolder(_settings);

    private string Root(string name, NuGetVersion version) =>
        Path.Combine(Folder, name.ToLowerInvariant(), version.ToNormalizedString().ToLowerInvariant());

    /// <summary>
    /// The assemblies to load, dependencies first. The version can be a range such as <c>1.2.*</c>; it is empty for the newest release.
    /// </summary>
    /// <exception cref="InputException">No such package, or an incompatible version of it or of a dependency is already in this process.</exception>
    public static async Task<IReadOnlyList<string>> Resolve(string name, string version, ICellOutput output, CancellationToken cancel)
    {
        var range = RangeOf(version)
            ?? throw new InputException($"#r \"nuget: {name}, {version}\": '{version}' is not a version; expected one such as 1.2.3 or 1.2.*");
        using var resolver = new PackageResolver(version, output, cancel);
        await resolver.Visit(name, range, $"#r \"nuget: {name}{(version.Length > 0 ? ", " + version : "")}\"", []).ConfigureAwait(false);
        var files = resolver.Assemblies();
        foreach (var (package, chosen) in resolver._chosen)
            HostPackages.Load(package, chosen);
        return files;
    }

    /// <summary>
    /// The version range that a cell requests; null if it is invalid. Here, a plain version means exactly that version; in a dependency it means
    /// that version or later.
    /// </summary>
    internal static VersionRange? RangeOf(string version) =>
        NuGetVersion.TryParse(version, out var exact) ? new VersionRange(exact, true, exact, true)
        : VersionRange.TryParse(version.Length == 0 ? "*" : version, out var parsed) ? parsed : null;

    public void Dispose() => _cache.Dispose();

    private async Task Visit(string name, VersionRange range, string wanted, IReadOnlyList<string> path)
    {
        cancel.ThrowIfCancellationRequested();
        if (path.Contains(name, StringComparer.OrdinalIgnoreCase))
            return;
        var carried = HostPackages.Find(name);
        if ((path.Count == 0 ? carried?.AskedFor(asked, range, wanted) : carried?.NeededBy(range, wanted, path[^1])) is { } remark)
            output.Print(remark + Environment.NewLine, error: true);
        if (carried is { OfHost: true })
            return;
        if (_chosen.TryGetValue(name, out var before) && (carried is not null || range.Satisfies(before)))
            return;
        var version = carried?.Version ?? await Choose(name, range, wanted).ConfigureAwait(false);
        if (before is not null && before > version)
            return;
        _chosen[name] = version;
        var dependencies = await Install(name, version, wanted).ConfigureAwait(false);
        _dependencies[name] = dependencies;
        foreach (var dependency in dependencies)
            await Visit(dependency.Id, dependency.VersionRange, wanted, [.. path, name]).ConfigureAwait(false);
    }

    // A version in the package folder is used without asking any source.
    private async Task<NuGetVersion> Choose(string name, VersionRange range, string wanted)
    {
        var cached = Cached(name).ToArray();
        if (!range.IsFloating && range.FindBestMatch(cached) is { } exact && exact == range.MinVersion)
            return exact;
        var found = new List<NuGetVersion>();
        string? trouble = null;
        foreach (var source in Sources())
        {
            try
            {
                var resource = await source.GetResourceAsync<FindPackageByIdResource>(cancel).ConfigureAwait(false)
                    ?? throw new FatalProtocolException($"{source} lists no packages");
                found.AddRange(await resource.GetAllVersionsAsync(name, _cache, NullLogger.Instance, cancel).ConfigureAwait(false));
            }
            catch (FatalProtocolException e)
            {
                trouble = e.InnerException?.Message ?? e.Message;
            }
        }
        var reason = found.Count > 0 ? $"; the newest version in the sources is {found.Max()}"
            : trouble is null ? " in the machine's package sources"
            : $" in the package folder, and the sources cannot be reached ({trouble.Split('\n')[0].TrimEnd('.')})";
        return range.FindBestMatch(found) ?? range.FindBestMatch(cached)
            ?? throw new InputException($"{wanted}: no package {name} {range.PrettyPrint()}{reason}");
    }

    private async Task<IReadOnlyList<PackageDependency>> Install(string name, NuGetVersion version, string wanted)
    {
        var root = Root(name, version);
        if (!Directory.Exists(root) || Directory.GetFiles(root, "*.nuspec").Length == 0)
            await Download(name, version, wanted).ConfigureAwait(false);
        using var reader = new PackageFolderReader(root);
        var group = NuGetFrameworkUtility.GetNearest(await reader.GetPackageDependenciesAsync(cancel).ConfigureAwait(false), Framework,
            g => g.TargetFramework);
        return group is null ? [] : [.. group.Packages];
    }

    private async Task Download(string name, NuGetVersion version, string wanted)
    {
        output.Print($"restoring {name} {version}\n");
        foreach (var source in Sources())
        {
            var resource = await source.GetResourceAsync<DownloadResource>(cancel).ConfigureAwait(false);
            if (resource is null)
                continue;
            using var result = await resource.GetDownloadResourceResultAsync(new PackageIdentity(name, version),
                new PackageDownloadContext(_cache), Folder, NullLogger.Instance, cancel).ConfigureAwait(false);
            if (result.Status == DownloadResourceResultStatus.Available)
                return;
        }
        throw new InputException($"{wanted}: {name} {version} could not be downloaded");
    }

    private IReadOnlyList<string> Assemblies()
    {
        var files = new List<string>();
        foreach (var (name, version) in _chosen)
        {
            var root = Root(name, version);
            using var reader = new PackageFolderReader(root);
            if (NuGetFrameworkUtility.GetNearest(reader.GetLibItems(), Framework, g => g.TargetFramework) is { } group)
                files.AddRange(group.Items.Where(i => i.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)).Select(i => Path.Combine(root, i)));
        }
        files.Reverse();
        return files;
    }

    private IEnumerable<NuGetVersion> Cached(string name)
    {
        var folder = Path.Combine(Folder, name.ToLowerInvariant());
        return !Directory.Exists(folder) ? []
            : Directory.GetDirectories(folder).Select(d => NuGetVersion.TryParse(Path.GetFileName(d), out var v) ? v : null).OfType<NuGetVersion>();
    }

    private IEnumerable<SourceRepository> Sources() =>
        new PackageSourceProvider(_settings).LoadPackageSources().Where(s => s.IsEnabled).Select(s => Repository.Factory.GetCoreV3(s));
}
