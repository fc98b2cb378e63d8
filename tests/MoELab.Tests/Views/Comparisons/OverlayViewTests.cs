using System.Xml.Linq;
using MoELab.Runs.Reading;
using MoELab.Views.Comparisons;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Views.Comparisons;

public sealed class OverlayViewTests
{
    [Fact]
    public void The_moving_average_is_the_weighted_mean_of_what_there_was()
    {
        double[] values = [4, 2, double.NaN, 8];
        var averages = Curves.Average(values, 0.75);
        Assert.Equal(4, averages[0], 12);
        // Weights 0.75 and 1 of the first and the second value, then 0.75^2, 0.75 and 1.
        Assert.Equal(((0.75 * 4) + 2) / 1.75, averages[1], 12);
        Assert.True(double.IsNaN(averages[2]));
        Assert.Equal(((0.5625 * 4) + (0.75 * 2) + 8) / 2.3125, averages[3], 12);
        Assert.Equal(values, Curves.Average(values, 0));
    }

    [Fact]
    public void A_part_of_a_curve_ends_where_the_axis_does()
    {
        var (x, y) = Curves.Cut([0, 10, 20, 30], [0, 100, 200, 0], 5, 22);
        Assert.Equal([5, 10, 20, 22], x);
        Assert.Equal([50, 100, 200, 160], y);
        (x, y) = Curves.Cut([0, 10], [0, 100], 2, 4);
        Assert.Equal([2, 4], x);
        Assert.Equal([20, 40], y);
        Assert.Empty(Curves.Cut([0, 10], [0, 100], 11, 14).X);
        Assert.Equal([10, 20], Curves.Cut([0, 10, 20], [0, 100, 0], 10, null).X);
    }

    [Fact]
    public void A_logarithmic_axis_has_decades_and_leaves_gaps()
    {
        var chart = new LineChart { LogY = true, Series = [new("a", [1, 2, 3, 4], [0.001, -1, 10, 1000])] };
        var layout = new ChartLayout(chart);
        Assert.Equal(["0.001", "0.01", "0.1", "1", "10", "100", "1,000"], layout.Up.Select(t => t.Label));
        Assert.Equal(layout.Y(10), (layout.Y(1) + layout.Y(100)) / 2, 9);
        var path = XDocument.Parse(chart.ToSvg()).Descendants().First(e => e.Attribute("class")?.Value == "l c0");
        Assert.Equal(2, path.Attribute("d")!.Value.Count(c => c == 'M'));
        Assert.Contains("not logged yet", new LineChart { LogY = true, Series = [new("a", [1, 2], [0, -1])] }.ToSvg());
        Assert.Equal(["2", "2.2", "2.4", "2.6", "2.8", "3"], new ChartLayout(new LineChart { LogY = true, Series = [new("a", [1, 2], [2, 3])] }).Up.Select(t => t.Label));
    }

    [Fact]
    public void Runs_of_other_seeds_are_a_mean_within_their_range_or_its_error()
    {
        RunReader[] runs = [.. Enumerable.Range(1, 3).Select(s => SyntheticRun.Create($"s{s}", steps: 40, seed: s)), SyntheticRun.Create("other", steps: 40, balancer: "none")];
        var options = new OverlayOptions { Metric = "eval/bits_per_byte", Seeds = SeedBand.Range };
        var chart = new OverlayView(runs, options).Chart;
        Assert.Equal(["s, 3 seeds", "other"], chart.Series.Select(s => s.Name));
        var finals = runs[..3].Select(r => r.Metrics["eval/bits_per_byte"].Last).ToArray();
        var band = Assert.Single(chart.Bands);
        Assert.Equal((finals.Min(), finals.Max()), (band.Low[^1], band.High[^1]));
        Assert.Equal(finals.Average(), chart.Series[0].Y[^1], 12);
        var error = new OverlayView(runs, options with { Seeds = SeedBand.StandardError }).Chart.Bands[0];
        // A standard deviation of 0.01 over three seeds.
        Assert.Equal(0.01 / Math.Sqrt(3), error.High[^1] - finals.Average(), 9);
        Assert.Equal(4, new OverlayView(runs).Chart.Series.Count);
        Assert.Contains("eval/bits_per_byte/s, 3 seeds", new OverlayView(runs, options).Data.Columns);
    }

    [Fact]
    public void Seeds_of_other_lengths_are_averaged_as_far_as_all_go_and_between_their_points()
    {
        RunCurve[] curves = [new("a-1", "k", "c0", [0, 10, 20], [0, 10, 20]), new("a-2", "k", "c1", [5, 15], [5, 35])];
        var (mean, low, high) = RunCurve.Mean(curves, SeedBand.Range);
        Assert.Equal([5, 10, 15], mean.X);
        Assert.Equal([5, 15, 25], mean.Y);
        Assert.Equal([5, 10, 15], low.Y);
        Assert.Equal([5, 20, 35], high.Y);
        Assert.Equal("a, 2 seeds", mean.Name);
    }

    [Theory]
    [InlineData(1.0, null, null, "smoothing 1; expected 0 to 0.999")]
    [InlineData(null, 5.0, 5.0, "from 5 to 5")]
    public void Options_out_of_range_are_named(double? smoothing, double? from, double? to, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<InputException>(() => new OverlayView([], new() { Smoothing = smoothing, From = from, To = to })).Message);

    [Fact]
    public void Domains_of_runs_stand_side_by_side()
    {
        RunReader[] runs = [SyntheticRun.Create("a", steps: 40), SyntheticRun.Create("b", steps: 40, seed: 3)];
        var view = new DomainComparisonView(runs);
        Assert.Equal(["domain", "a", "b"], view.Data.Columns);
        Assert.Equal(SyntheticRun.Domains, view.Data.Rows.Select(r => r[0]));
        Assert.Equal(runs[1].Metrics["eval/bits_per_byte/code"].Last, view.Data.Rows[0][2]);
        Assert.Contains("a: 2.2", view.ToSvg());
        Assert.Contains("no evaluation by domain", new DomainComparisonView([SyntheticRun.Create("c", steps: 4, evaluated: false)]).ToSvg());
    }
}
