using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Cells.Session;
using MoELab.Plugins;
using MoELab.Studies.Races;
using MoELab.Views.Tables;

namespace MoELab.Tests.Views;

public sealed class RaceTableTests
{
    [Fact]
    public void A_race_is_a_table_with_names_for_programs()
    {
        var race = new RaceResult(["smebu", "none"], [[Attached("a1"), Attached("a2", seed: 2)], [Attached("b1"), Attached("b2", seed: 3)]]);
        var table = race.Table;
        Assert.Equal(race.Columns, table.Titles);
        Assert.Equal(race.Figures.Select(f => (f.Metric, f.Contender, f.Mean)), table.Rows.Select(r => ((string)r[0]!, (string)r[1]!, (double)r[2]!)));
        Assert.All(table.Rows, r => Assert.Equal(r[1] is "smebu", r[3] is null));

        var file = Path.Combine(TestFolders.New(), "race.csv");
        table.SaveCsv(file);
        var lines = File.ReadAllLines(file);
        Assert.Equal("metric,contender,mean,difference,low,high", lines[0]);
        Assert.Equal(1 + race.Figures.Count, lines.Length);
        Assert.Matches(@"^eval/bits_per_byte,smebu,[0-9.]+,,,$", lines[1]);
        Assert.Matches(@"^eval/bits_per_byte,none,[0-9.]+(,-?[0-9.E-]+){3}$", lines[2]);
    }

    [Fact]
    public void A_sweep_says_in_a_notebook_too_that_it_rests_on_one_seed()
    {
        LabFormatters.Register(PluginCatalog.Discover());
        var sweep = new SweepResult("balancer.kappa", ["1", "3"], [Attached("one"), Attached("two")]);
        Assert.Contains("One run on one seed each", sweep.ToDisplayString("text/plain"), StringComparison.Ordinal);
        Assert.Contains("<p>One run on one seed each: differences may be seed noise.</p>", sweep.ToDisplayString("text/html"), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_that_are_swept_in_powers_stand_apart_on_their_axis()
    {
        var runs = new[] { Attached("a"), Attached("b"), Attached("c") };
        double[] Begin(params string[] values) => [.. Regex.Matches(new SweepResult("balancer.gamma", values, runs).Parallel().ToSvg(), @"d=""M70 ([0-9.]+)L").Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal([286, 175, 64], Begin("0.001", "0.01", "0.1"));
        Assert.Equal([286, 175, 64], Begin("1", "2", "3"));
        Assert.Equal([286, 175, 64], Begin("0", "50", "100"));
        var svg = new SweepResult("balancer.gamma", ["0.001", "0.01", "0.1"], runs).Parallel().ToSvg();
        Assert.All(["0.01", "0.1"], value => Assert.Contains($">{value}<", svg, StringComparison.Ordinal));
    }

    private static Run Attached(string name, long seed = 1)
    {
        var run = SyntheticRun.Create(name, steps: 20, seed: seed);
        return new MoELab.Lab(Path.GetDirectoryName(run.FullPath)).Attach(run.FullPath);
    }
}
