namespace MoELab.Tests.Notebook.Cells;

/// <summary>The magics' own lines, and the page that tells of them.</summary>
public sealed class MagicLineTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public void The_page_has_every_language_and_magic()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/notebook-magics.md"));
        Assert.All(_cells.Session.Languages.Keys.Concat(_cells.Session.Magics.Keys), name => Assert.Contains($"`#!{name}", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_pages_plugin_compiles()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/notebook-magics.md"));
        var start = page.IndexOf("#!plugin define\n[Plugin", StringComparison.Ordinal);
        await _cells.Run(page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);
        Assert.Contains(_cells.Lab.Plugins.All, p => p.Name == "tilt");
    }

    [Fact]
    public async Task Words_on_a_magics_line_complete()
    {
        await _cells.Run("var kept = 1;");
        Assert.Equal(["define"], await _cells.Complete("#!plugin de|"));
        Assert.Equal(["smebu"], await _cells.Complete("#!plugin options sme|"));
        Assert.Equal(["--name", "--start"], await _cells.Complete("#!run |"));
        Assert.Contains("kept", await _cells.Complete("#!share |"));
        Assert.Equal(["sql", "study"], await _cells.Complete("#!share kept --from csharp --to s|"));
        Assert.Equal(["--value"], await _cells.Complete("#!set --name x --v|"));
        Assert.Empty(await _cells.Complete("#!nothing x|"));
    }
}
