using MoELab.Plugins;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;

namespace MoELab.Tests.Studies.Files;

public sealed class RepositoryStudiesTests
{
    public static TheoryData<string> All => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "studies"), "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_study_of_the_repository_plans_as_it_stands(string file)
    {
        var ladder = StudyYaml.LoadLadder(Path.Combine(Repository.Root, "studies", file));
        foreach (var rung in ladder.Rungs)
        {
            var plan = StudyPlanner.Plan(rung.Study, TestFolders.New("runs"), PluginCatalog.Discover());
            Assert.NotEqual("", rung.Study.Question);
            Assert.True(plan.Arms.Count > 1 || file.EndsWith("-base.yaml", StringComparison.Ordinal), $"{file}: expected arms to compare");
            Assert.True(rung.Study.EffectiveSeeds.Count >= 5 || rung.Study is { Difference: 0, Claims: [] }, $"{file}: expected at least five seeds, or a search that decides nothing");
        }
    }
}
