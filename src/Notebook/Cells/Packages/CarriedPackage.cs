using NuGet.Versioning;

namespace MoELab.Cells.Packages;

/// <summary>
/// A package that is already in this process, from the host or from an earlier cell. Only one version can be loaded, so a request for
/// another version gets a note or an error.
/// </summary>
/// <param name="Name">The package.</param>
/// <param name="Version">The version in use.</param>
/// <param name="OfHost">True if it is the host's; false if a cell loaded it.</param>
internal sealed record CarriedPackage(string Name, NuGetVersion Version, bool OfHost)
{
    /// <summary>
    /// The note if a cell's own <c>#r</c> requests the package; null if the version in use is the requested one. <paramref name="asked"/> is the
    /// version or range as written in the cell, empty for any; <paramref name="wanted"/> is the line, for messages.
    /// </summary>
    /// <exception cref="InputException">The version in use cannot replace the requested one.</exception>
    public string? AskedFor(string asked, VersionRange range, string wanted)
    {
        if (asked.Length == 0 || (range.IsFloating ? range.Float!.Satisfies(Version) : range.Satisfies(Version)))
            return null;
        if (!OfHost)
            throw new InputException($"{wanted}: an earlier cell loaded {Name} {Version}, and another version cannot be loaded beside it; "
                + "restart the notebook kernel and request only one version");
        if (HostPackages.IsShared(Name))
            throw Mismatch(range, wanted);
        // .NET accepts a newer assembly in place of an older one. A range with an upper bound excludes newer ones.
        if (range.MinVersion > Version || !NuGetVersion.TryParse(asked, out _))
            throw new InputException($"{wanted}: this notebook runs on {Name} {Version}, and another version cannot be loaded beside it; "
                + $"request {Version}, or leave the version out");
        return $"{wanted}: this notebook runs on {Name} {Version}, which is newer; cells use that version";
    }

    /// <summary>The note if another package depends on it; null if the version in use is in the accepted range.</summary>
    /// <exception cref="InputException">The package shares types with the host, and the version in use is not in the range.</exception>
    public string? NeededBy(VersionRange range, string wanted, string by)
    {
        if (range.Satisfies(Version))
            return null;
        if (OfHost && HostPackages.IsShared(Name))
            throw Mismatch(range, wanted);
        var origin = OfHost ? "this notebook runs on" : "an earlier cell loaded";
        return $"{wanted}: {by} requests {Name} {range.PrettyPrint()} and gets {Version}, which {origin}";
    }

    private InputException Mismatch(VersionRange range, string wanted) => new($"{wanted}: needs {Name} {range.PrettyPrint()}, "
        + $"but this notebook runs on {Name} {Version}, and types of two copies would not match");
}
