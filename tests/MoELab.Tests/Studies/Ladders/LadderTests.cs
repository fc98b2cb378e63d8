using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Ladders;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Ladders;

public sealed class LadderTests
{
    private readonly MoELab.Lab _lab = new(TestFolders.New("runs"), MoELab.Plugins.PluginCatalog.Discover());

    private Ladder Ladder => _lab.Study("lab-tiny", "climb").Arms("smebu", "sign-bias", "none").Seeds(3).Ladder("depth-2", "depth-4");

    // What runs would have written: a mean per rung and arm, and the same noise for every arm's seed.
    private LadderReport Written(params double[][] means)
    {
        foreach (var (plan, rung) in Ladder.Plan().Zip(means))
        {
            Directory.CreateDirectory(plan.Folder);
            foreach (var entry in plan.Entries)
                ResultLog.Append(plan.Folder, new StudyResult
                {
                    Study = plan.Study.Name,
                    Arm = entry.Arm.Name,
                    Seed = entry.Seed,
                    Recipe = entry.Hash,
                    ArmRecipe = entry.Arm.Hash,
                    Plugins = entry.Arm.Plugins(_lab.Plugins),
                    Code = MoELab.Runs.Folder.RunEnvironment.CoreHash,
                    Tokens = entry.Recipe.Training.Steps * 4096.0,
                    Flops = entry.Recipe.Training.Steps * 1e9,
                    Seconds = 1,
                    Metrics = new Dictionary<string, double>
                    {
                        ["eval/bits_per_byte"] = rung[plan.Arms.ToList().IndexOf(entry.Arm)] + (0.1 * entry.Seed) + (0.001 * ((entry.Seed + entry.Arm.Name.Length) % 3)),
                    },
                });
        }
        return Ladder.Report();
    }

    [Fact]
    public void What_wins_on_one_rung_and_loses_on_the_next_is_a_reversal()
    {
        var report = Written([2.0, 1.9, 2.1], [1.5, 1.6, 1.6]);
        Assert.Equal([null, LadderOutcome.Reversed, LadderOutcome.Lost], report.Arms.Select(a => a.Outcome));
        Assert.Contains("'sign-bias' wins on one rung and loses on another (depth-2: -0.1", report.Statement(), StringComparison.Ordinal);
        Assert.Contains("a reversal, so the smaller rung did not predict the larger", report.Statement(), StringComparison.Ordinal);
        Assert.Contains("loses on every rung", report.ToString(), StringComparison.Ordinal);
        Assert.Equal(["arm", "depth-2", "depth-4", "along the ladder"], report.Columns);
        Assert.Empty(report.Project(1e15));
    }

    [Fact]
    public void What_wins_on_every_rung_passes_and_what_is_missing_is_said()
    {
        Assert.Equal([null, LadderOutcome.Missing, LadderOutcome.Missing], Ladder.Report().Arms.Select(a => a.Outcome));
        var report = Written([2.0, 1.9, 2.0], [1.5, 1.4, 1.6]);
        Assert.Equal([null, LadderOutcome.Holds, LadderOutcome.Faded], report.Arms.Select(a => a.Outcome));
    }

    [Fact]
    public void A_law_projects_beyond_the_ladder()
    {
        var law = new LossLaw(1.0, 0.1);
        // On the law 1 + 20 C^-0.1, without noise.
        double At(int steps) => 1 + (20 * Math.Pow(steps * 1e9, -0.1));
        Written([At(38) - 0.2, 1.9, 2.0], [At(300) - 0.2, 1.4, 1.6]);
        var ladder = Ladder with { Rungs = [.. Ladder.Rungs.Select(r => r with { Study = r.Study with { Law = law } })] };
        var projected = ladder.Report().Project(3e12).First(p => p.Arm == "smebu").Projection;
        Assert.InRange(projected.Loss, 1 + (20 * Math.Pow(3e12, -0.1)) - 0.02, 1 + (20 * Math.Pow(3e12, -0.1)) + 0.02);
    }

    [Fact]
    public void A_file_with_rungs_is_a_ladder()
    {
        var ladder = StudyYaml.ParseLadder("""
            study: climb
            arms: { smebu: {}, none: { balancer: none } }
            seeds: 2
            rungs:
              small: { recipe: depth-2, budget: 10 steps, training: { eval_every: 5 } }
              large: { recipe: depth-4, budget: 20 steps, seeds: 3 }
            """);
        Assert.Equal(["climb-small", "climb-large"], ladder.Rungs.Select(r => r.Study.Name));
        var plans = ladder.Rungs.Select(r => StudyPlanner.Plan(r.Study, _lab.RunsDirectory, _lab.Plugins)).ToArray();
        Assert.Equal([4, 6], plans.Select(p => p.Entries.Count));
        Assert.Equal([(2, 10), (4, 20)], plans.Select(p => (p.Arms[0].Recipe.Model.Layers, p.Arms[0].Recipe.Training.Steps)));
        Assert.Equal("rungs: this is a ladder of several studies; expected one study",
            Assert.Throws<InputException>(() => StudyYaml.Parse("recipe: lab-tiny\nrungs: { a: {}, b: { recipe: depth-2 } }")).Message);
        Assert.StartsWith("rungs.a: recipe: recipe 'depth-3': 3 layers; expected an even number from 2 to 64",
            Assert.Throws<InputException>(() => StudyYaml.ParseLadder("rungs: { a: { recipe: depth-3 } }")).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => _lab.Study("lab-tiny").Ladder("depth-2"));
    }
}
