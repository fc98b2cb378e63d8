namespace MoELab.Tests.Docs;

/// <summary>Every C# snippet of the README and the docs compiles against the library as it is.</summary>
public sealed class SnippetTests
{
    public static TheoryData<string, int> Snippets
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var page in PageSnippets.Pages())
            {
                for (var i = 0; i < PageSnippets.CSharp(page).Count; i++)
                    data.Add(page, i);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Snippets))]
    public void A_snippet_compiles(string page, int index) => Assert.Empty(PageSnippets.Errors(page, index));

    [Fact]
    public void The_file_based_app_compiles() =>
        Assert.Empty(PageSnippets.Errors(string.Join("\n", Repository.Read("examples/lab.cs").Split('\n').Where(l => !l.StartsWith('#')))));

    [Fact]
    public void A_snippet_that_does_not_compile_is_told() => Assert.Contains(PageSnippets.Errors("lab.Sweeep(\"lab-tiny\");"), e => e.Contains("Sweeep", StringComparison.Ordinal));

    [Fact]
    public void The_pages_have_snippets() => Assert.True(Snippets.Count >= 8);
}
