using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(MoELab.Tests.LongestFirst))]

namespace MoELab.Tests;

/// <summary>Starts the classes that take minutes before the others, so that none of them is left over at the end beside idle cores.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        "Interactive.NotebookTests", "HostileInputTests", "GalleryTests", "ExperimentsPageTests", "StandInDriverTests", "OutsideClientTests", "Interactive.StdioTests",
        "PackagingTests", "live", "MutatedInputTests", "EmulatedBackwardTests",
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Place(c.TestCollectionDisplayName)).ThenBy(c => c.UniqueID, StringComparer.Ordinal)];

    private static int Place(string collection)
    {
        var at = Array.FindIndex(Longest, name => collection == name || collection.Contains($".{name} ", StringComparison.Ordinal));
        return at < 0 ? Longest.Length : at;
    }
}
