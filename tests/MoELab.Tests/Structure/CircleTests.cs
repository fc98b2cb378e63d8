namespace MoELab.Tests.Structure;

/// <summary>No circle between namespaces, in any assembly.</summary>
public sealed class CircleTests
{
    [Fact]
    public void No_use_between_namespaces_closes_a_circle()
    {
        Assert.NotEmpty(CodeGraph.Edges);
        Assert.Empty(CodeGraph.OnCircles().Select(use => $"{use} ({CodeGraph.Edges.First(e => $"{e.From} -> {e.To}" == use).Types})"));
    }
}
