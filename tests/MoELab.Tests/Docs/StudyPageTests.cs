using MoELab.Plugins;
using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Tests.Docs;

/// <summary>The page on studies has the program's keys, and its studies can be planned.</summary>
public sealed class StudyPageTests
{
    private const string Page = "docs/studies.md";

    public static TheoryData<string> Studies => [.. PageSnippets.Blocks(Page).Where(b => b.Language == "yaml").Select(b => b.Code)];

    [Fact]
    public void The_page_has_every_key_with_its_meaning()
    {
        var page = Repository.Read(Page);
        foreach (var form in new[] { typeof(StudyForm), typeof(GridAxis), typeof(LawForm), typeof(Claim) })
            Assert.All(OptionsBinder.Schema(form), key => Assert.Matches($"(?m)^\\| `{key.Name}` \\| [^|]+ \\| {System.Text.RegularExpressions.Regex.Escape(key.Summary)} \\|$", page));
        var rows = page.Split('\n').Count(l => l.StartsWith("| `", StringComparison.Ordinal) && l.Count(c => c == '|') == 4);
        Assert.Equal(new[] { typeof(StudyForm), typeof(GridAxis), typeof(LawForm), typeof(Claim) }.Sum(t => OptionsBinder.Schema(t).Count), rows);
    }

    [Fact]
    public void The_page_has_every_key_of_a_result() =>
        Assert.All(JsonNode.Parse(new StudyResult().ToJson())!.AsObject(), key => Assert.Contains($"`{key.Key}`", Repository.Read(Page), StringComparison.Ordinal));

    [Theory, MemberData(nameof(Studies))]
    public void A_study_of_the_page_can_be_planned(string yaml)
    {
        using var catalog = PluginCatalog.Discover();
        Assert.All(StudyYaml.ParseLadder(yaml).Rungs, r => Assert.Equal(3, StudyPlanner.Plan(r.Study, TestFolders.New("runs"), catalog).Arms.Count));
    }

    [Theory, InlineData("README.md", "docs/studies.md"), InlineData("docs/api.md", "studies.md"), InlineData("docs/experiments.md", "studies.md")]
    [InlineData("docs/command-line.md", "studies.md"), InlineData("docs/notebook-magics.md", "studies.md"), InlineData("docs/views.md", "studies.md")]
    public void Its_neighbours_link_to_it(string page, string link) => Assert.Contains($"({link}", Repository.Read(page), StringComparison.Ordinal);
}
