namespace MoELab.Tests.Structure;

/// <summary>No circle between namespaces. The list holds those that still stand: a new use fails, and one that is gone must leave the list.</summary>
public sealed class CircleTests
{
    private static readonly string[] Known =
    [
        "MoELab.Comparisons -> MoELab.Reports",
        "MoELab.Comparisons -> MoELab.Views",
        "MoELab.Reports -> MoELab.Views",
        "MoELab.Views -> MoELab.Comparisons",
    ];

    [Fact]
    public void No_use_between_namespaces_closes_a_circle_but_the_known_ones()
    {
        var found = CodeGraph.OnCircles();
        Assert.NotEmpty(CodeGraph.Edges);
        Assert.True(found.SequenceEqual(Known), $"""
            new: {Lines(found.Except(Known))}
            gone, delete from the list: {Lines(Known.Except(found))}
            """);
    }

    private static string Lines(IEnumerable<string> uses) => string.Concat(uses.Select(u =>
        $"\n  {u} ({CodeGraph.Edges.Where(e => $"{e.From} -> {e.To}" == u).Select(e => e.Types).FirstOrDefault("no longer")})"));
}
