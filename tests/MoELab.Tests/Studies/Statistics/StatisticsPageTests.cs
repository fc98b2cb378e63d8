using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>The figures of docs/statistics.md are what the library gives. That its snippet compiles is a test of all pages.</summary>
public sealed class StatisticsPageTests
{
    private static readonly string Page = Repository.Read("docs/statistics.md");

    [Fact]
    public void The_example_prints_what_the_page_says()
    {
        double[] baseline = [2.098, 2.093, 2.104, 2.105, 2.094], arm = [2.091, 2.087, 2.102, 2.095, 2.089];
        Assert.Contains($"double[] baseline = [{string.Join(", ", baseline)}], arm = [{string.Join(", ", arm)}];", Page, StringComparison.Ordinal);
        var d = PairedDifference.Of(arm, baseline);
        var interval = d.Interval!.Value;
        Assert.Contains($"""
            ```text
            {d.Mean:0.0000}, {interval.Low:0.0000} to {interval.High:0.0000}, p {d.P:0.000}
            {Verdict.Of(d, Equivalence.Of(d, 0.01)).Words}
            {Power.SeedsNeeded(0.003, d.StandardDeviation!.Value)}
            ```
            """, Page, StringComparison.Ordinal);
        var welch = WelchDifference.Of(arm, baseline);
        Assert.Contains($"{welch.Interval!.Value.Low:0.0000} to {welch.Interval.Value.High:0.0000} and p {welch.P:0.000}", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_of_smallest_differences_is_that_of_Power()
    {
        int[] seeds = [3, 4, 5, 8, 10, 20];
        Assert.Contains($"| seeds | {string.Join(" | ", seeds)} |", Page, StringComparison.Ordinal);
        Assert.Contains($"| in units of s | {string.Join(" | ", seeds.Select(n => $"{Power.SmallestDifference(1, n):0.00}"))} |", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_worth_of_a_hundredth_of_loss_is_that_of_EffectiveSpeedup() =>
        Assert.Equal(1.06, EffectiveSpeedup.Of([3.41], [3.4]).Loss, 0.005);

    [Theory, InlineData("README.md", "docs/statistics.md"), InlineData("docs/experiments.md", "statistics.md")]
    public void Its_neighbours_link_to_it(string page, string link) => Assert.Contains($"({link}", Repository.Read(page), StringComparison.Ordinal);
}
