using System.Text.RegularExpressions;
using System.Xml.Linq;
using MoELab.Board.Docs;

namespace MoELab.Tests.Board;

public sealed partial class DocsSiteTests
{
    public static TheoryData<string> Pages => [.. DocsSite.Current.Pages.Select(p => p.Name)];

    [Fact]
    public void Every_page_of_the_repository_is_there_and_the_readme_is_first()
    {
        var files = Directory.GetFiles(Repository.PathOf("docs"), "*.md").Select(f => Path.GetFileNameWithoutExtension(f)!);
        Assert.Equal(files.Concat(["readme", "contributing", "changelog", "notebooks"]).Order(StringComparer.Ordinal), DocsSite.Current.Pages.Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(("readme", "MoELab"), (DocsSite.Current.Pages[0].Name, DocsSite.Current.Pages[0].Title));
    }

    [Theory, MemberData(nameof(Pages))]
    public void Every_link_and_image_of_a_page_leads_to_something(string name)
    {
        var page = DocsSite.Current.Find(name)!;
        foreach (var target in Targets().Matches(page.Html).Select(m => m.Groups[1].Value))
        {
            if (target.StartsWith("https://", StringComparison.Ordinal))
                continue;
            var (file, anchor) = target.Split('#') is [var f, var a] ? (f, a) : (target, null);
            if (file.StartsWith(DocsPage.Root + "images/", StringComparison.Ordinal))
            {
                Assert.Contains("docs/images/" + file[(DocsPage.Root.Length + 7)..], DocsFiles.Paths);
                continue;
            }
            Assert.True(file.Length == 0 || file.StartsWith(DocsPage.Root, StringComparison.Ordinal), $"{name}: {target}");
            var other = file.Length == 0 ? page : DocsSite.Current.Find(file[DocsPage.Root.Length..]);
            Assert.True(other is not null, $"{name}: {target}");
            if (anchor is not null)
                Assert.True(other.Sections.Any(s => s.Anchor == anchor), $"{name}: {target}");
        }
    }

    [Fact]
    public void Every_diagram_is_drawn_from_its_source_as_it_is()
    {
        var sources = Directory.GetFiles(Repository.PathOf("docs"), "*.md").SelectMany(f => Mermaid().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(sources);
        // If this fails, run eng/diagrams.sh and commit what it writes.
        Assert.Equal(sources.Select(Diagrams.PathOf).Order(StringComparer.Ordinal), DocsFiles.Paths.Where(p => p.Contains("/diagram-", StringComparison.Ordinal)));
        foreach (var source in sources)
        {
            var svg = DocsFiles.Text(Diagrams.PathOf(source));
            var texts = string.Concat(XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
            foreach (var label in Labels().Matches(source).Select(m => m.Groups[1].Value))
                Assert.Contains(label.Replace(" ", "", StringComparison.Ordinal), texts.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains("prefers-color-scheme: dark", svg, StringComparison.Ordinal);
            Assert.DoesNotMatch("<script|<foreignObject|url\\(http|href=\"http|@import", svg);
        }
        Assert.DoesNotContain("flowchart TB", DocsSite.Current.Find("architecture")!.Html, StringComparison.Ordinal);
        Assert.Contains("alt=\"Diagram: ", DocsSite.Current.Find("architecture")!.Html, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Pages))]
    public void A_page_needs_no_network_no_inline_style_and_no_markup_of_its_text(string name)
    {
        var html = DocsSite.Current.Find(name)!.Html;
        Assert.DoesNotMatch("<[^>]*(src=\"http| style=|<script|<style)", html);
    }

    [Theory]
    [InlineData("expert bias", "views", "run.Views.Bias()")]
    [InlineData("maxvio definition", "metrics", "")]
    [InlineData("RSDB", "data", "")]
    [InlineData("quickst", "readme", "")]
    public void A_search_finds_sections_with_all_words(string query, string page, string heading)
    {
        var hits = DocsSite.Current.Search.Find(query);
        Assert.Contains(hits, h => h.Page.Name == page && h.Section.Heading.StartsWith(heading, StringComparison.Ordinal));
        Assert.All(hits, h => Assert.All(query.Split(' '), w =>
            Assert.Contains(w, $"{h.Page.Title} {h.Section.Heading} {h.Section.Text}", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(hits.OrderByDescending(h => h.Score), hits);
    }

    [Fact]
    public void A_heading_with_all_words_comes_first_and_shows_them()
    {
        var hit = DocsSite.Current.Search.Find("expert kernel")[0];
        Assert.All(new[] { "expert", "kernel" }, w => Assert.Contains(hit.Heading.Where((_, i) => i % 2 == 1), h => h.StartsWith(w, StringComparison.OrdinalIgnoreCase)));
        // No diagram's source is text.
        Assert.DoesNotContain(DocsSite.Current.Search.Find("flowchart"), h => h.Section.Text.Contains("flowchart TB", StringComparison.Ordinal));
    }

    [Theory, InlineData(""), InlineData("   "), InlineData("<>\"'&"), InlineData("xyzzyqwert")]
    public void Nothing_is_found_where_nothing_is_asked_for_or_nothing_has_it(string query) => Assert.Empty(DocsSite.Current.Search.Find(query));

    [Fact]
    public void An_excerpt_marks_the_words_that_were_searched_for()
    {
        var excerpt = DocsSite.Current.Search.Find("heatmap").First(h => h.Excerpt.Count > 1).Excerpt;
        Assert.All(excerpt.Where((_, i) => i % 2 == 1), w => Assert.StartsWith("heatmap", w, StringComparison.OrdinalIgnoreCase));
        Assert.True(excerpt.Count >= 3 && excerpt.Sum(p => p.Length) < 250);
    }

    [Theory]
    [InlineData("docs/views.md", "metrics.md", "docs/metrics.md")]
    [InlineData("docs/views.md", "../README.md", "README.md")]
    [InlineData("README.md", "docs/./images/a.png", "docs/images/a.png")]
    [InlineData("README.md", "../../etc/passwd", "etc/passwd")]
    public void A_link_is_resolved_within_the_repository(string from, string to, string expected) => Assert.Equal(expected, DocsLinks.Resolve(from, to));

    [GeneratedRegex("^```mermaid\n(.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Mermaid();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Labels();

    [GeneratedRegex("(?:href|src)=\"([^\"]*)\"")]
    private static partial Regex Targets();
}
