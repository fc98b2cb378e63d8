using MoELab.Cells.Packages;
using NuGet.Versioning;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>What is said of a package whose other version is in the process already.</summary>
public sealed class CarriedPackageTests
{
    private static readonly CarriedPackage Host = new("Plain", NuGetVersion.Parse("6.1.0"), true);

    [Theory]
    [InlineData("", null)]
    [InlineData("6.1.0", null)]
    [InlineData("6.*", null)]
    [InlineData("[6.0.0,7.0.0)", null)]
    [InlineData("4.2.0", "line: this notebook runs on Plain 6.1.0, which is newer; cells use that version")]
    [InlineData("6.0.9", "line: this notebook runs on Plain 6.1.0, which is newer; cells use that version")]
    public void A_newer_one_stands_for_an_older_one_and_it_is_said(string asked, string? remark) => Assert.Equal(remark, Host.AskedFor(asked, Range(asked), "line"));

    [Theory]
    [InlineData("6.1.1")]
    [InlineData("99.0.0")]
    [InlineData("7.*")]
    [InlineData("4.*")]
    [InlineData("[4.0.0,5.0.0)")]
    public void What_it_cannot_stand_for_is_refused(string asked) =>
        Assert.Equal("line: this notebook runs on Plain 6.1.0, and another version cannot be loaded beside it; request 6.1.0, or leave the version out",
            Assert.Throws<InputException>(() => Host.AskedFor(asked, Range(asked), "line")).Message);

    [Fact]
    public void An_earlier_cells_package_stays_until_the_kernel_restarts()
    {
        var cells = Host with { OfHost = false };
        Assert.Null(cells.AskedFor("6.1.0", Range("6.1.0"), "line"));
        Assert.StartsWith("line: an earlier cell loaded Plain 6.1.0", Assert.Throws<InputException>(() => cells.AskedFor("6.0.0", Range("6.0.0"), "line")).Message, StringComparison.Ordinal);
        Assert.Equal("line: Other requests Plain (>= 7.0.0) and gets 6.1.0, which an earlier cell loaded", cells.NeededBy(VersionRange.Parse("7.0.0"), "line", "Other"));
    }

    [Fact]
    public void A_dependency_gets_the_hosts_and_it_is_said_unless_types_are_shared()
    {
        Assert.Null(Host.NeededBy(VersionRange.Parse("5.0.0"), "line", "Other"));
        Assert.Equal("line: Other requests Plain (>= 7.0.0) and gets 6.1.0, which this notebook runs on", Host.NeededBy(VersionRange.Parse("7.0.0"), "line", "Other"));
        Assert.Contains("types of two copies would not match", Assert.Throws<InputException>(() => (Host with { Name = "TorchSharp" }).NeededBy(VersionRange.Parse("7.0.0"), "line", "Other")).Message, StringComparison.Ordinal);
    }

    private static VersionRange Range(string asked) => PackageResolver.RangeOf(asked)!;
}
