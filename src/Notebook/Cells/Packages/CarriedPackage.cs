using MoELab.Recipes;
using NuGet.Versioning;

namespace MoELab.Cells.Packages;

/// <summary>
/// A package that is in this process already, by the host or by an earlier cell: one version of it can be loaded, so whoever asks for
/// another hears of it.
/// </summary>
/// <param name="Name">The package.</param>
/// <param name="Version">The version in use.</param>
/// <param name="OfHost">Whether the host brought it; else a cell did.</param>
internal sealed record CarriedPackage(string Name, NuGetVersion Version, bool OfHost)
{
    /// <summary>What is to be said where a cell's own <c>#r</c> asks for the package; null where the version in use is what it asks for.</summary>
    /// <param name="asked">The version or range as the cell writes it; empty asks for any.</param>
    /// <param name="range">The same, read.</param>
    /// <param name="wanted">The line, for messages.</param>
    /// <exception cref="RecipeException">The version in use cannot stand for the one that is asked for.</exception>
    public string? AskedFor(string asked, VersionRange range, string wanted)
    {
        if (asked.Length == 0 || Meets(range))
            return null;
        if (!OfHost)
            throw new RecipeException($"{wanted}: an earlier cell loaded {Name} {Version}, and another version cannot be loaded beside it; restart the kernel, and ask for one version");
        if (HostPackages.IsShared(Name))
            throw new RecipeException($"{wanted}: needs {Name} {range.PrettyPrint()}, but this notebook runs on {Name} {Version}; a second copy would split its types in two");
        // .NET lets a newer assembly stand for an older one. A range with an end says that a newer one will not do.
        if (range.MinVersion > Version || !NuGetVersion.TryParse(asked, out _))
            throw new RecipeException($"{wanted}: this notebook runs on {Name} {Version}, and another version cannot be loaded beside it; ask for {Version}, or leave the version out");
        return $"{wanted}: this notebook runs on {Name} {Version}, which is newer; cells use that one";
    }

    /// <summary>What is to be said where another package depends on it; null where the version in use is one that it takes.</summary>
    /// <param name="range">What the other takes.</param>
    /// <param name="wanted">The cell's line, for messages.</param>
    /// <param name="by">The other package.</param>
    /// <exception cref="RecipeException">It shares types with the host, and is another version.</exception>
    public string? NeededBy(VersionRange range, string wanted, string by)
    {
        if (range.Satisfies(Version))
            return null;
        if (OfHost && HostPackages.IsShared(Name))
            throw new RecipeException($"{wanted}: needs {Name} {range.PrettyPrint()}, but this notebook runs on {Name} {Version}; a second copy would split its types in two");
        return $"{wanted}: {by} asks for {Name} {range.PrettyPrint()} and gets {Version}, which {(OfHost ? "this notebook runs on" : "an earlier cell loaded")}";
    }

    private bool Meets(VersionRange range) => range.IsFloating ? range.Float!.Satisfies(Version) : range.Satisfies(Version);
}
