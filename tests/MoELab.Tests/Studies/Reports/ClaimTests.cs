using MoELab.Plugins;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;

namespace MoELab.Tests.Studies.Reports;

public sealed class ClaimTests : IDisposable
{
    private const string Study = """
        recipe: lab-tiny
        arms: { base: {}, worse: { balancer: none }, same: { balancer: quantile } }
        seeds: 4
        budget: 10 steps
        difference: 0.02
        """;

    private readonly PluginCatalog _catalog = PluginCatalog.Discover();

    public void Dispose() => _catalog.Dispose();

    [Theory]
    [InlineData("arm: worse, expects: higher", ClaimVerdict.Holds, "worse 2.1010, base 2.0010: +0.1000 (95 % ")]
    [InlineData("arm: worse, expects: lower", ClaimVerdict.Reversed, "+0.1000")]
    [InlineData("arm: base, against: worse, expects: lower", ClaimVerdict.Holds, "base 2.0010, worse 2.1010: -0.1000")]
    [InlineData("arm: same, expects: equal", ClaimVerdict.Holds, "4 seeds")]
    [InlineData("arm: same, expects: lower", ClaimVerdict.Absent, "4 seeds")]
    [InlineData("arm: worse, expects: equal", ClaimVerdict.Reversed, "4 seeds")]
    [InlineData("arm: same, expects: higher, metric: noisy", ClaimVerdict.NotResolved, "4 seeds")]
    public void A_claim_holds_is_reversed_absent_or_not_resolved(string claim, ClaimVerdict verdict, string ours)
    {
        var found = Report($"claims: [ {{ text: it, {claim} }} ]").Claims.Single();
        Assert.Equal(verdict, found.Verdict);
        Assert.Contains(ours, found.Ours(), StringComparison.Ordinal);
    }

    [Fact]
    public void P_values_are_corrected_over_the_claims()
    {
        var claims = Report("claims: [ { text: a, arm: worse, expects: higher }, { text: b, arm: same, expects: equal } ]").Claims;
        Assert.Equal(2 * claims[0].Difference!.P!.Value, claims[0].AdjustedP!.Value, 12);
        Assert.Contains("a: holds (", Report("claims: [ { text: a, arm: worse, expects: higher } ]").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ text: it, arm: wors }", "claims[0].arm: the study has no arm 'wors'; did you mean 'worse'")]
    [InlineData("{ text: it, arm: base }", "claims[0]: compares arm 'base' with itself")]
    [InlineData("{ text: it, arm: worse, metric: loss, expects: equal }", "claims[0]: equality needs a margin")]
    [InlineData("{ text: it, arm: worse, expects: better }", "expected one of lower, higher, equal")]
    [InlineData("{ arm: worse }", "text")]
    public void A_claim_that_cannot_be_decided_is_refused(string claim, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Plan($"claims: [ {claim} ]")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_metric_that_no_run_has_is_refused() => Assert.Contains("did you mean 'noisy'",
        Assert.Throws<InputException>(() => Report("claims: [ { text: it, arm: worse, metric: noisi } ]").Claims).Message, StringComparison.Ordinal);

    [Fact]
    public void Claims_survive_the_file_that_a_study_keeps()
    {
        var study = StudyYaml.Parse(Study + "\nclaims: [ { text: it, published: a source, arm: worse, expects: higher, difference: 0.5 } ]");
        var (text, recipes) = StudyYaml.Write(study, [.. Plan("").Arms.Select(a => (a.Name, a.Recipe))]);
        var folder = TestFolders.New("study");
        Directory.CreateDirectory(Path.Combine(folder, "recipes"));
        foreach (var (path, recipe) in recipes)
            File.WriteAllText(Path.Combine(folder, path), recipe);
        Assert.Equal(study.Claims, StudyYaml.Parse(text, folder).Claims);
    }

    [Fact]
    public void Recorded_results_make_the_same_report_again()
    {
        var report = Report("claims: [ { text: it, arm: worse, expects: higher } ]");
        var file = Path.Combine(TestFolders.New("record"), "s.yaml");
        StudyRecord.Write(file, "s", report.Results);
        var again = new StudyReport(StudyPlanner.Recorded(report.Plan.Study, StudyRecord.Read(file, "s"), "runs", _catalog));
        Assert.Equal(report.ToString(), again.ToString());
        Assert.Equal(report.ToCsv(), again.ToCsv());
        File.AppendAllText(StudyRecord.FileOf(file, "s"), "{");
        Assert.Contains("line 13 cannot be read", Assert.Throws<InputException>(() => StudyRecord.Read(file, "s")).Message, StringComparison.Ordinal);
        Assert.Contains("no recorded results", Assert.Throws<InputException>(() => StudyRecord.Read(file, "t")).Message, StringComparison.Ordinal);
        Assert.Contains("an arm 'other', which the study does not have", Assert.Throws<InputException>(() => StudyPlanner.Recorded(
            report.Plan.Study, [report.Results[0] with { Arm = "other" }], "runs", _catalog)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_gets_its_figures_from_the_results()
    {
        var report = Report("claims: [ { text: a|b, arm: worse, expects: higher } ]");
        var page = StudyPage.Update("# Page\n<!-- claims s -->stale<!-- end -->\ntext <!-- arms s noisy -->\n<!-- end -->", _ => report);
        Assert.Contains("| a\\|b |", page, StringComparison.Ordinal);
        Assert.Contains("| holds |", page, StringComparison.Ordinal);
        Assert.DoesNotContain("stale", page, StringComparison.Ordinal);
        Assert.Contains("text <!-- arms s noisy -->\n\n| arm | runs |", page, StringComparison.Ordinal);
        Assert.Equal(page, StudyPage.Update(page, _ => report));
        Assert.Contains("does not end", Assert.Throws<InputException>(() => StudyPage.Update("<!-- study s -->\n<!-- claims s --><!-- end -->", _ => report)).Message,
            StringComparison.Ordinal);
    }

    private StudyPlan Plan(string claims) => StudyPlanner.Plan(StudyYaml.Parse(Study + "\n" + claims), TestFolders.New("runs"), _catalog);

    private StudyReport Report(string claims)
    {
        var plan = Plan(claims);
        double[] jitter = [0.001, -0.001, 0.002, 0.002];
        double[] noise = [3, -3, 2, -1];
        StudyResult Of(StudyEntry e) => new()
        {
            Study = "s",
            Arm = e.Arm.Name,
            Seed = e.Seed,
            ArmRecipe = e.Arm.Hash,
            Recipe = e.Hash,
            Metrics = new Dictionary<string, double>
            {
                ["eval/bits_per_byte"] = 2 + (e.Arm.Name == "worse" ? 0.1 : 0) + (e.Arm.Name == "base" ? 0.001 : jitter[e.Seed - 1]),
                ["noisy"] = 5 + (e.Arm.Name == "same" ? noise[e.Seed - 1] : 0),
            },
        };
        return new StudyReport(StudyPlanner.Recorded(plan.Study, [.. plan.Entries.Select(Of)], "runs", _catalog));
    }
}
