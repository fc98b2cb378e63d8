using MoELab.Training.Metrics;

namespace MoELab.Tests.Docs;

public sealed class MetricPageTests
{
    [Fact]
    public void The_page_lists_every_metric_with_the_definition_that_the_program_has()
    {
        var page = Repository.Read("docs/metrics.md");
        Assert.All(MetricCatalog.Definitions, d => Assert.Contains($"| `{d.Id}` | {d.Unit} | {d.Definition} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_lists_nothing_else()
    {
        var rows = Repository.Read("docs/metrics.md").Split('\n').Count(l => l.StartsWith("| `", StringComparison.Ordinal) && l.Count(c => c == '|') == 4);
        Assert.Equal(MetricCatalog.Definitions.Count, rows);
    }
}
