using MoELab.Live;
using MoELab.Runs.Reading;
using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Races;
using MoELab.Studies.Running;
using MoELab.Tests.Training;

namespace MoELab.Tests.Studies.Races;

public sealed class RaceTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public async Task A_race_pairs_seeds_and_says_what_the_interval_shows()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var (opened, raced) = (0, new List<RunGroup>());
        lab.Opened += _ => opened++;
        RunGroups.Of(lab).Began += raced.Add;
        var result = await lab.Race(_tiny.Recipe.With("training.steps=3"), ["smebu", ("sign-bias", new { gamma = 0.01 })], seeds: 2);
        Assert.Equal(0, opened);
        Assert.Equal(4, Assert.Single(raced).Runs.Count);
        Assert.Equal(["race-sign-bias-s0", "race-sign-bias-s1", "race-smebu-s0", "race-smebu-s1"], result.Runs.Select(r => r.Name.Replace($"-s{_tiny.Recipe.Training.Seed}", "-s0", StringComparison.Ordinal).Replace($"-s{_tiny.Recipe.Training.Seed + 1}", "-s1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(result.Runs, r => Assert.Equal(RunStatus.Finished, r.Status));
        Assert.Equal(result.RunsOf[0].Select(r => r.Recipe.Training.Seed), result.RunsOf[1].Select(r => r.Recipe.Training.Seed));
        Assert.Equal(0.01, result.RunsOf[1][0].Recipe.Balancer.Options["gamma"]!.GetValue<double>());
        var bits = result.Figures.Single(f => f.Metric == "eval/bits_per_byte" && f.Contender == "sign-bias");
        Assert.True(bits.Low <= bits.Difference && bits.Difference <= bits.High);
        Assert.Matches("^Over 2 paired seeds, 'sign-bias' ends .* in held-out bits/byte \\(95 % interval .*0.*\\)\\.$", result.Statement());
        Assert.Equal(6, result.Rows.Count);
    }

    [Fact]
    public void Contenders_of_one_name_are_told_apart_by_what_differs()
    {
        string[] Labels(params Arm[] contenders) =>
            ArmLabels.Of([.. contenders.Select(c => (c.Name, MoELab.Plugins.RecipeInFull.InFull(c.Apply(_tiny.Recipe), _tiny.Catalog)))]);
        Assert.Equal(["smebu", "none"], Labels("smebu", "none"));
        Assert.Equal(["smebu kappa=1", "smebu kappa=3", "none"], Labels(("smebu", new { kappa = 1, beta = 0.5 }), ("smebu", new { kappa = 3, beta = 0.5 }), "none"));
        Assert.Equal(["smebu beta=0.5 kappa=1", "smebu beta=0.25 kappa=3"], Labels(("smebu", new { kappa = 1, beta = 0.5 }), ("smebu", new { kappa = 3, beta = 0.25 })));
        // What is not named has the plugin's default.
        Assert.Matches("^smebu kappa=[0-9.]+$", Labels(("smebu", new { }), ("smebu", new { kappa = 7 }))[0]);
        Assert.Equal(["tiny steps=8", "tiny steps=9"], Labels(_tiny.Recipe, _tiny.Recipe.With("training.steps=9")));
        Assert.Equal(["tiny optimizer.adamw.lr=0.5 optimizer.muon.lr=0.5", "tiny optimizer.adamw.lr=0.003 optimizer.muon.lr=0.02"],
            Labels(_tiny.Recipe.With("optimizer.muon.lr=0.5").With("optimizer.adamw.lr=0.5"), _tiny.Recipe));
        Assert.Equal(["smebu (1)", "smebu (2)"], Labels("smebu", "smebu"));
    }

    [Fact]
    public async Task Runs_are_listed_in_the_order_asked_whichever_begins_first()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "one core: runs begin one after the other");
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var recipe = _tiny.Recipe.With("training.steps=1");
        _tiny.Train(recipe, "asked-first");
        _tiny.Train(recipe, "asked-second");
        using var late = new ManualResetEventSlim();
        var race = new RunGroup("order", 2);
        var runs = race.Begin(["one", "two"], 2, (i, begun) =>
        {
            if (i == 0)
                late.Wait(TestContext.Current.CancellationToken);
            begun(lab.Attach(i == 0 ? "asked-first" : "asked-second"));
            return Task.CompletedTask;
        }, CancellationToken.None);
        while (race.Runs.Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        var card = new RunGroupCard(race);
        Assert.DoesNotContain("asked-first", card.Whole("card").Forms["text/html"].ToString()!, StringComparison.Ordinal);
        late.Set();
        await runs;
        Assert.Equal(["asked-first", "asked-second"], race.Runs.Select(r => r.Name));
        var html = card.Whole("card").Forms["text/html"].ToString()!;
        Assert.InRange(html.IndexOf("asked-first", StringComparison.Ordinal), 0, html.IndexOf("asked-second", StringComparison.Ordinal));
    }

    [Fact]
    public void The_interval_is_that_of_paired_differences()
    {
        // Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t(2) = 4.3027.
        var figure = RaceFigure.Of("loss", "b", [11, 22, 33], [10, 20, 30]);
        Assert.Equal(2, figure.Difference, 12);
        Assert.Equal(2 - (4.3027 / Math.Sqrt(3)), figure.Low!.Value, 3);
        Assert.Null(RaceFigure.Of("loss", "b", [1], [2]).Low);
    }

    [Fact]
    public async Task A_sweep_runs_each_value()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var sweep = await lab.Sweep(_tiny.Recipe.With("training.steps=2"), "balancer.kappa", 1.0, 2.0);
        Assert.Equal(["sweep-kappa-1", "sweep-kappa-2"], sweep.Runs.Select(r => r.Name));
        Assert.Equal("2", sweep.Rows[1][0]);
    }
}
