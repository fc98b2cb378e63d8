using MoELab.Plugins;
using MoELab.Studies;
using MoELab.Studies.Reports;

namespace MoELab.Tests.Docs;

/// <summary>Every figure of the findings, of the recorded tables and of the studies' notebooks comes from the recorded results.</summary>
public sealed class FindingsTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "studies");

    private readonly PluginCatalog _catalog = PluginCatalog.Discover();

    public void Dispose() => _catalog.Dispose();

    public static TheoryData<string> Recorded =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, "results"), "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_page_has_the_figures_of_the_results()
    {
        var page = Repository.Read("docs/findings.md");
        Assert.Equal(page, StudyPage.Update(page, Report));
        Assert.All(Recorded, name => Assert.Contains(name.Data, page, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Recorded))]
    public void A_table_has_every_result(string name) =>
        Assert.Equal(File.ReadAllText(Path.Combine(Folder, "results", name + ".csv")), Report(name).ToCsv());

    [Theory, MemberData(nameof(Recorded))]
    public void The_results_are_of_the_studys_recipes(string name) => Assert.Empty(Report(name).Plan.Notes);

    [Theory, MemberData(nameof(Recorded))]
    public void A_notebook_shows_what_the_results_say(string name)
    {
        var report = Report(name);
        var file = Path.Combine(Folder, name + ".ipynb");
        if (!File.Exists(file))
        {
            Assert.Empty(report.Claims);
            return;
        }
        var outputs = JsonNode.Parse(File.ReadAllText(file))!["cells"]!.AsArray().SelectMany(c => c!["outputs"]?.AsArray() ?? []).ToArray();
        Assert.DoesNotContain(outputs, o => (string?)o!["output_type"] == "error");
        string Text(JsonNode? node) => node switch { JsonArray lines => string.Concat(lines.Select(l => (string?)l)), null => "", _ => (string)node! };
        var shown = string.Join('\n', outputs.Select(o => Text(o!["text"]) + Text(o["data"]?["text/plain"])));
        Assert.Contains(report.Statement(), shown, StringComparison.Ordinal);
        Assert.All(report.Claims, claim => Assert.Matches(
            $"{System.Text.RegularExpressions.Regex.Escape(claim.Claim.Text)}.*{System.Text.RegularExpressions.Regex.Escape(claim.Ours())}.*{claim.Words}", shown));
    }

    private StudyReport Report(string name) => new MoELab.Lab(TestFolders.New("runs"), _catalog).Recorded(Path.Combine(Folder, name + ".yaml"));
}
