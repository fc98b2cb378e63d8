using System.Xml.Linq;
using MoELab.Plugins;
using MoELab.Runs.Folder;
using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;
using MoELab.Views;
using MoELab.Views.Comparisons;
using MoELab.Views.Studies;

namespace MoELab.Tests.Views.Studies;

/// <summary>The views of a study, over results and runs that a test wrote.</summary>
public sealed class StudyViewTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    /// <summary>A report whose arms end at the given differences from 2.0 on each seed; NaN for a failed run.</summary>
    internal static StudyReport Report(string runs, double margin, params (string Arm, double[] Differences)[] arms)
    {
        Arm[] changed = [.. arms.Select((a, i) => i == 0 ? Arm.Set(a.Arm) : Arm.Set(a.Arm, $"balancer.kappa={2 + i}"))];
        var study = new MoELab.Lab(runs, Catalog).Study("lab-tiny", "drawn").Arms(changed).Seeds(arms[0].Differences.Length).Budget("60 steps")
            .Decides("eval/bits_per_byte", margin);
        var plan = study.Plan();
        Directory.CreateDirectory(plan.Folder);
        foreach (var entry in plan.Entries)
        {
            var arm = arms.Single(a => a.Arm == entry.Arm.Name);
            var seed = plan.Study.EffectiveSeeds.ToList().IndexOf(entry.Seed);
            if (arm.Differences.Length <= seed)
                continue;
            var value = 2.0 + (0.003 * seed) + arm.Differences[seed];
            var kept = double.IsFinite(value);
            ResultLog.Append(plan.Folder, new StudyResult
            {
                Study = "drawn",
                Arm = entry.Arm.Name,
                Seed = entry.Seed,
                Status = kept ? ResultStatus.Keep : ResultStatus.Crash,
                Run = entry.RunName,
                Recipe = entry.Hash,
                ArmRecipe = entry.Arm.Hash,
                Code = RunEnvironment.CoreHash,
                Plugins = entry.Arm.Plugins(Catalog),
                Steps = 60,
                Seconds = 1,
                Metrics = kept ? new Dictionary<string, double> { ["eval/bits_per_byte"] = value, ["loss"] = value + 1 } : [],
            });
        }
        return study.Report();
    }

    [Fact]
    public void A_forest_has_each_difference_with_its_interval_the_line_at_0_and_the_band()
    {
        var report = Report(TestFolders.New("runs"), 0.01, ("smebu", [0, 0, 0]), ("better", [-0.05, -0.052, -0.049]), ("same", [0.0001, -0.0002, 0.0002]), ("broken", [double.NaN, double.NaN, double.NaN]));
        var forest = report.Forest();
        Assert.Equal("Difference from 'smebu' in held-out bits per byte", forest.Title);
        Assert.Equal(["arm", "runs", "failed", "mean", "sd", "difference", "low", "high", "p_holm", "verdict"], forest.Data.Columns);
        Assert.Equal(report.Arms[1].Difference!.Interval!.Value.Low, forest.Data.Rows[1][6]);
        var svg = forest.ToSvg();
        XDocument.Parse(svg);
        Assert.Contains(">3 seeds: lower</text>", svg, StringComparison.Ordinal);
        Assert.Contains(">3 seeds: equivalent</text>", svg, StringComparison.Ordinal);
        Assert.Contains(">every run failed</text>", svg, StringComparison.Ordinal);
        Assert.Contains(">-0.0503</text>", svg, StringComparison.Ordinal);
        Assert.Contains("class=\"b-c0\" opacity=\"0.13\"", svg, StringComparison.Ordinal);
        // By a metric without a margin there is no band.
        Assert.DoesNotContain("opacity=\"0.13\"", report.Forest("loss").ToSvg(), StringComparison.Ordinal);
        Assert.Throws<InputException>(() => report.Forest("los"));
    }

    [Fact]
    public void One_seed_has_a_dot_and_no_interval()
    {
        var svg = Report(TestFolders.New("runs"), 0, ("smebu", [0]), ("other", [0.02])).Forest().ToSvg();
        Assert.Contains("one seed: no interval", svg, StringComparison.Ordinal);
        Assert.Contains(">+0.0200</text>", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_is_csv_with_names_for_programs()
    {
        var report = Report(TestFolders.New("runs"), 0, ("smebu", [0, 0]), ("other", [0.02, 0.03]));
        Assert.StartsWith("arm,runs,failed,mean,sd,difference,low,high,p_holm,verdict\nsmebu,2,0,", report.Table.ToCsv(), StringComparison.Ordinal);
        Assert.Equal(report.Columns, report.Table.Titles);
        var file = Path.Combine(TestFolders.New("csv"), "table.csv");
        report.Table.SaveCsv(file);
        Assert.Equal(3, File.ReadAllLines(file).Length);
    }

    [Fact]
    public void Curves_are_means_over_seeds_within_a_band_from_the_runs_folders()
    {
        var runs = TestFolders.New("runs");
        var report = Report(runs, 0, ("smebu", [0, 0]), ("other", [0.02, 0.03]));
        Assert.Contains("no folder of a finished run", Assert.Throws<InputException>(() => report.Curves()).Message, StringComparison.Ordinal);
        foreach (var result in report.Results)
            SyntheticRun.Create(result.Run, seed: result.Seed + (result.Arm == "other" ? 10 : 0), runs: runs);
        var curves = report.Curves("loss");
        Assert.Equal(["smebu, 2 seeds", "other, 2 seeds"], curves.Chart.Series.Select(s => s.Name));
        Assert.Equal(2, curves.Chart.Bands.Count);
        var losses = report.Results.Where(r => r.Arm == "other").Select(r => MoELab.Runs.Reading.RunReader.Open(r.Run, runs).Metrics["loss"].Values[30]);
        Assert.Equal(losses.Average(), curves.Chart.Series[1].Y[30], 12);
        Assert.Equal(4, report.Curves("loss", LossAxis.Tokens, SeedBand.None).Chart.Series.Count);
        Assert.Contains("did you mean 'loss'?", Assert.Throws<InputException>(() => report.Curves("losss")).Message, StringComparison.Ordinal);
    }
}
