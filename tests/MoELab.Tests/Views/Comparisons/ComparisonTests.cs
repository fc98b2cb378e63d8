using System.Text.RegularExpressions;
using System.Xml.Linq;
using MoELab.Views.Comparisons;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Views.Comparisons;

public sealed class ComparisonTests
{
    [Fact]
    public void Runs_of_one_shape_get_a_difference()
    {
        var (a, b) = (SyntheticRun.Create("a", steps: 300), SyntheticRun.Create("b", steps: 300, collapse: true, balancer: "none"));
        var comparison = new Comparison(a, b);
        if (Environment.GetEnvironmentVariable("MOELAB_KEEP_COMPARISON") is { } keep)
            comparison.Write(keep);

        Assert.Equal(["a", "b"], comparison.Table.Rows.Select(r => r[0]));
        Assert.Equal(a.Metrics["loss"].MeanOfLastTenth, comparison.Table.Rows[0][4]);
        var difference = Assert.Single(comparison.Diff.Rows);
        Assert.Equal(["balancer.name", "smebu", "none"], difference);
        var heat = comparison.Heatmap()!;
        Assert.Null(comparison.HeatmapNote);
        XDocument.Parse(heat.ToSvg());
        var (left, right) = (RoutingFrames.Relative(a.Counts(300)), RoutingFrames.Relative(b.Counts(300)));
        Assert.Equal(right[1, 2] - left[1, 2], heat.Data.Rows[16 + 2][4]);
        Assert.InRange(heat.Frames.Value(heat.Frames.Cells[^1][18]) - Math.Clamp(right[1, 2] - left[1, 2], -2, 2), -0.009, 0.009);
        Assert.Contains("they differ in balancer", comparison.Statement());
        Assert.Contains("held-out bits per byte", comparison.Statement());
    }

    [Fact]
    public void A_difference_from_one_seed_each_is_called_what_it_may_be()
    {
        var (a, b) = (SyntheticRun.Create("a", steps: 30), SyntheticRun.Create("b", steps: 30, balancer: "none", seed: 2));
        Assert.Contains("; with one seed each, the difference may be seed noise (race them over several seeds to find out)", new Comparison(a, b).Statement(), StringComparison.Ordinal);
        var again = SyntheticRun.Create("a2", steps: 30, seed: 5);
        Assert.Contains("; these two differ in the seed alone, so the difference is seed noise", new Comparison(a, again).Statement(), StringComparison.Ordinal);
        var other = SyntheticRun.Create("b2", steps: 30, balancer: "none", seed: 3);
        Assert.Contains("with one seed each", new Comparison(a, b, other).Statement(), StringComparison.Ordinal);
        Assert.Contains("; these are the best runs of several seeds each", new Comparison(a, again, b, other).Statement(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.75, 1.75, "'a' and 'b' end equal at 1.7500 bits")]
    [InlineData(1.75, 1.7504, "'a' and 'b' end within 0.0005 of each other at 1.7500 bits")]
    [InlineData(1.75, 1.76, "'a' ends at 1.7500 bits, 0.0100 (0.6 %) below 'b'")]
    // The difference of what is shown, 2.3397 less 2.3363, and not of what is behind it, 0.00335.
    [InlineData(2.33634, 2.33969, "'a' ends at 2.3363 bits, 0.0034 (0.1 %) below 'b'")]
    public void A_gap_is_told_as_the_figures_beside_it_show_it(double low, double high, string expected) =>
        Assert.Equal(expected, Comparison.Outcome("a", "b", low, high, "bits"));

    [Fact]
    public void Runs_of_one_recipe_differ_in_what_was_changed()
    {
        var comparison = new Comparison(SyntheticRun.Create("a", steps: 30), SyntheticRun.Create("b", steps: 30));
        Assert.EndsWith("; they started with the same recipe, and 'a' was changed after step 10, and 'b' was changed after step 10.", comparison.Statement());
    }

    [Fact]
    public void Runs_of_different_shapes_stand_side_by_side_and_say_so()
    {
        var comparison = new Comparison(SyntheticRun.Create("narrow", steps: 30, experts: 8), SyntheticRun.Create("wide", steps: 60, experts: 16));
        Assert.Null(comparison.Heatmap());
        Assert.Contains("'narrow' has 3 layers of 8 experts, 'wide' 3 of 16", comparison.HeatmapNote);
        Assert.Contains("different amounts of text", comparison.Statement());
        var html = comparison.ToHtml();
        Assert.Contains("stand side by side without a difference", html);
        Assert.Equal(2, Regex.Count(html, "<figure[^>]*data-heat"));
        Assert.DoesNotMatch("(?:src|href)\\s*=(?!\"#)", html);
    }

    [Fact]
    public void Curves_align_by_tokens_steps_or_time()
    {
        var comparison = new Comparison(SyntheticRun.Create("a", steps: 30), SyntheticRun.Create("a", steps: 20));
        var tokens = comparison.Curves().Chart.Series;
        Assert.Equal(["a (1)", "a (2)"], tokens.Select(s => s.Name));
        Assert.Equal((4096.0, 20 * 4096.0), (tokens[0].X[0], tokens[1].X[^1]));
        Assert.Equal(30, comparison.Curves("step").Chart.Series[0].X[^1]);
        Assert.Equal(30 * 0.44, comparison.Curves("time").Chart.Series[0].X[^1], 9);
        Assert.Contains("expected tokens, step or time", Assert.Throws<InputException>(() => comparison.Curves("flops")).Message);
    }

    [Fact]
    public void One_run_is_no_comparison_and_three_have_no_single_difference()
    {
        var run = SyntheticRun.Create("a", steps: 10, evaluated: false);
        Assert.Contains("expected two or more", Assert.Throws<InputException>(() => new Comparison(run)).Message);
        var three = new Comparison(run, SyntheticRun.Create("b", steps: 10), SyntheticRun.Create("c", steps: 10));
        Assert.Contains("these are 3", three.HeatmapNote);
        Assert.Contains("nats per token of training loss", three.Statement());
        XDocument.Parse(three.Curves().ToSvg());
    }
}
