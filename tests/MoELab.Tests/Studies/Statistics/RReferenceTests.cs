using System.ComponentModel;
using System.Diagnostics;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>Every figure against R (tests/Golden/statistics).</summary>
public sealed class RReferenceTests
{
    [Fact]
    public void Paired_differences_are_those_of_t_test()
    {
        foreach (var r in RReference.Cases("paired"))
        {
            foreach (var (key, level) in new[] { ("l90", 0.9), ("l95", 0.95), ("l99", 0.99) })
                SameTest(r[key]!, PairedDifference.Of(r.Numbers("a"), r.Numbers("b"), level));
        }
    }

    [Fact]
    public void Unpaired_differences_are_those_of_t_test()
    {
        foreach (var r in RReference.Cases("welch"))
            SameTest(r, WelchDifference.Of(r.Numbers("a"), r.Numbers("b")));
    }

    [Fact]
    public void Equivalence_is_two_one_sided_t_tests()
    {
        foreach (var r in RReference.Cases("tost"))
        {
            var test = Equivalence.Of(PairedDifference.Of(r.Numbers("a"), r.Numbers("b")), r.Number("margin"));
            RReference.Same(r.Number("above"), test.AboveLowerP);
            RReference.Same(r.Number("below"), test.BelowUpperP);
            RReference.Same(r.Numbers("interval"), test.Interval);
            Assert.Equal(Math.Max(r.Number("above"), r.Number("below")) < 0.05, test.IsEquivalent);
        }
    }

    [Fact]
    public void Holm_is_that_of_p_adjust()
    {
        foreach (var r in RReference.Cases("holm"))
        {
            var (expected, actual) = (r.Numbers("adjusted"), Holm.Adjust(r.Numbers("p")));
            Assert.Equal(expected.Length, actual.Count);
            Assert.All(expected.Zip(actual), pair => RReference.Same(pair.First, pair.Second, 1e-14));
        }
    }

    [Fact]
    public void Power_is_that_of_power_t_test()
    {
        foreach (var r in RReference.Cases("power"))
            RReference.Same(r.Number("power"), Power.Achieved(r.Number("d"), 1, (int)r.Number("n"), r.Number("alpha")));
        foreach (var r in RReference.Cases("seeds"))
            Assert.Equal(Math.Max(2, (int)Math.Ceiling(r.Number("n"))), Power.SeedsNeeded(r.Number("d"), 1, 0.05, r.Number("power")));
        foreach (var r in RReference.Cases("smallest"))
            RReference.Same(r.Number("d"), Power.SmallestDifference(0.004, (int)r.Number("n"), 0.05, r.Number("power")));
    }

    [Fact]
    public void The_noise_floor_is_that_of_chi_square()
    {
        foreach (var r in RReference.Cases("noise"))
        {
            var floor = NoiseFloor.Of(r.Numbers("a"));
            RReference.Same(r.Number("mean"), floor.Mean);
            RReference.Same(r.Number("deviation"), floor.StandardDeviation);
            RReference.Same(r.Numbers("interval"), floor.DeviationInterval);
        }
    }

    [Fact]
    public void BCa_intervals_are_those_of_boot_ci_from_the_same_replicates()
    {
        foreach (var r in RReference.Cases("bca"))
        {
            var x = r.Numbers("x");
            foreach (var (key, level) in new[] { ("l90", 0.9), ("l95", 0.95), ("l99", 0.99) })
            {
                var interval = BootstrapInterval.Bca(x.Average(), [.. x.Select(v => v - x.Average())], r.Numbers("replicates"), level);
                RReference.Same(r.Numbers(key), interval);
            }
        }
    }

    [Fact]
    public void Points_of_t_are_those_of_qt()
    {
        foreach (var r in RReference.Cases("quantiles"))
            RReference.Same(r.Number("t"), StudentTest.Point(r.Number("level"), r.Number("freedom")), 1e-8);
    }

    [Fact]
    public void Scaling_laws_are_those_of_lm_and_nls()
    {
        foreach (var r in RReference.Cases("scaling"))
        {
            var (c, l, at, floor, alpha) = (r.Numbers("compute"), r.Numbers("losses"), r.Numbers("at"), r.Number("floor"), r.Number("alpha"));
            SameLaw(r["scale"]!, ScalingLaw.FitScale(c, l, new(floor, alpha)), at);
            var line = ScalingLaw.FitLine(c, l, floor);
            SameLaw(r["line"]!, line, at);
            RReference.Same(r["line"]!.Number("alpha"), line.Exponent);
            var (expected, curve) = (r["curve"]!, ScalingLaw.Fit(c, l));
            foreach (var (key, value) in new[] { ("floor", curve.Floor), ("alpha", curve.Exponent), ("scale", curve.Scale) })
                RReference.Same(expected.Number(key), value);
            Assert.Equal(expected.Number("r2"), curve.RSquared!.Value, 1e-9);
            for (var i = 0; i < at.Length; i++)
            {
                var (p, loss, band, run) = (curve.Project(at[i]), expected.Numbers("losses")[i], expected.Numbers("band")[i], expected.Numbers("run")[i]);
                RReference.Same(loss, p.Loss);
                RReference.Same([loss - band, loss + band], p.Band);
                RReference.Same([loss - run, loss + run], p.NewRun);
            }
        }
    }

    [Fact]
    public void R_still_gives_what_is_recorded()
    {
        var (text, exit) = Run();
        Assert.SkipWhen(exit == 3, "R has no package boot here (Debian: r-cran-boot); the recorded figures were compared");
        Assert.Equal(0, exit);
        var now = JsonNode.Parse(text)!.AsObject();
        now.Remove("version");
        var recorded = RReference.Recorded.DeepClone().AsObject();
        recorded.Remove("version");
        var (a, b) = (Leaves(recorded).ToArray(), Leaves(now).ToArray());
        Assert.True(a.Length > 1000);
        Assert.Equal(a.Select(x => x.Path), b.Select(x => x.Path));
        // The replicates of the bootstrap too: R's generator is fixed by its seed.
        Assert.All(a.Zip(b), pair => RReference.Same(pair.First.Value, pair.Second.Value, 1e-7));
    }

    private static void SameTest(JsonNode r, Difference d)
    {
        RReference.Same(r.Number("mean"), d.Mean);
        RReference.Same(r.Number("error"), d.StandardError);
        RReference.Same(r.Number("t"), d.T);
        RReference.Same(r.Number("freedom"), d.DegreesOfFreedom);
        RReference.Same(r.Number("p"), d.P);
        RReference.Same(r.Numbers("interval"), d.Interval);
    }

    // R's predict gives fit, lower and upper end.
    private static void SameLaw(JsonNode r, ScalingLaw law, double[] at)
    {
        RReference.Same(r.Number("scale"), law.Scale);
        Assert.Equal(r.Number("r2"), law.RSquared!.Value, 1e-9);
        for (var i = 0; i < at.Length; i++)
        {
            var (projection, band, run) = (law.Project(at[i]), Row(r["band"]!, i), Row(r["run"]!, i));
            RReference.Same(band[0], projection.Loss);
            RReference.Same(band[1..], projection.Band);
            RReference.Same(run[1..], projection.NewRun);
        }
    }

    private static double[] Row(JsonNode rows, int i) => [.. rows[i]!.AsArray().Select(v => v!.GetValue<double>())];

    private static IEnumerable<(string Path, double Value)> Leaves(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => Leaves(p.Value!)),
        JsonArray a => a.SelectMany(v => Leaves(v!)),
        _ => [(node.GetPath(), node.GetValue<double>())],
    };

    private static (string Text, int Exit) Run()
    {
        try
        {
            var start = new ProcessStartInfo("Rscript", [Path.Combine(RReference.Folder, "reference.R")]) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (text, process.ExitCode);
        }
        catch (Win32Exception)
        {
            Assert.Skip("no R here (Debian: r-base-core and r-cran-boot); the recorded figures were compared");
            throw;
        }
    }
}
