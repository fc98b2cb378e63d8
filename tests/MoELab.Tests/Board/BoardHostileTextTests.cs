using System.Text.Encodings.Web;
using MoELab.Runs.Folder;
using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

/// <summary>Runs whose every text is markup with code, in Chromium: nothing of it becomes an element, nothing runs, and it reads as it was written.</summary>
public sealed class BoardHostileTextTests(BoardBrowser browser) : IClassFixture<BoardBrowser>, IAsyncLifetime
{
    private const string First = "<img src=x onerror=window.hacked=1>", Second = "\"'><svg onload=window.hacked=1>&amp;";

    // With a slash, which the name of a folder cannot have.
    private const string Text = "</script></style>\"'><img src=x onerror=window.hacked=1><script>window.hacked=1</script>";

    private readonly string _runs = TestFolders.New("runs");
    private OpenBoard _board = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var (name, balancer) in new[] { (First, "smebu"), (Second, "none") })
        {
            SyntheticRun.Create(name, steps: 40, balancer: balancer, collapse: true, runs: _runs);
            var folder = Path.Combine(_runs, name);
            Change(folder, "metrics.jsonl", ("/prose\"", "/" + Json(Text)[1..]), ("\"grad_kurtosis\"", Json(Text)));
            Change(folder, "events.jsonl", ("\"step saved\"", Json(Text)), ("\"restart\"", Json(First)));
            Change(folder, "environment.json", ("\"prose\"", Json(Text)), ("\"MIT\"", Json(Text)), ("\"targeting pack\"", Json(Text)));
            Change(folder, "recipe.yaml", ("name: lab-tiny\n", $"name: {Json(Text)}\n"));
            File.WriteAllText(Path.Combine(folder, "sample.txt"), Text);
            new RunNotes { Tags = [First, Second], Text = Text }.Write(folder);
        }
        SyntheticRun.Create("broken", steps: 5, runs: _runs);
        File.WriteAllText(Path.Combine(_runs, "broken", "recipe.yaml"), $"{Json(First)}: 1\n");
        _board = await OpenBoard.Over(_runs);
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Theory]
    [InlineData(false)]
    // Without the page's security policy, which would stop code that had become an element.
    [InlineData(true)]
    public async Task Markup_in_a_run_is_text_on_every_tab(bool withoutPolicy)
    {
        var query = string.Concat(new[] { First, Second, Text }.Select(n => "&run=" + Uri.EscapeDataString(n))) + "&metric=loss&metric=" + Uri.EscapeDataString(Text)
            + "&group=" + Uri.EscapeDataString(First);
        await using var page = await browser.Open(_board.Address, query, withoutPolicy: withoutPolicy);
        await page.Charts(2);
        await Shows(page, "#toasts", $"'{Text}': no such run");
        await Shows(page, "#legend", First);
        await Shows(page, "#legend", Second);
        await Shows(page, "#rows", $"no run has the value '{First}'");
        await Shows(page, "#panel", Text);
        Assert.Equal([First, Second], (await page["#rows .name"].AllTextContentsAsync()).Where(n => n != "broken").Order(StringComparer.Ordinal).Reverse());
        Assert.Equal([First, Second, First, Second], await page["#rows .tag"].AllTextContentsAsync());
        await Shows(page, "#rows .problem", First);
        await page[".plot-area"].First.HoverAsync();
        await Shows(page, ".tip", First);
        await page["#filter"].FillAsync(First);
        await page.Until("document.getElementById('rows').textContent.includes(\"no run has the value 'src'\")");
        await page["#filter"].FillAsync("");
        await Clean(page);

        await page.Tab("routing");
        await page.Until("document.querySelector('canvas.heat')?.width > 0");
        await Shows(page, "select[aria-label=run] option", First);
        await page["select[aria-label=less]"].SelectOptionAsync(Second);
        await Shows(page, "#shown .title", $"Routing: {First} less {Second}");
        await Clean(page);
        await page.Tab("domains");
        await Shows(page, "#shown", Text);
        await Clean(page);
        await page.Tab("compare");
        await Shows(page, "#shown .statement", $"'{First}'");
        await Shows(page, "#shown thead", Second);
        await Clean(page);
        await page.Tab("sql");
        foreach (var sql in new[] { $"select run, message, '{Text.Replace("'", "''")}' as \"{First}\" from events", $"select \"{First}\" from runs" })
        {
            await page["#sql"].FillAsync(sql);
            await page["#sql"].PressAsync("Control+Enter");
            await Shows(page, sql.Contains("message", StringComparison.Ordinal) ? "#shown td" : "#shown .bad", sql.Contains("message", StringComparison.Ordinal) ? Text : First);
            await Clean(page);
        }
        await page.Tab("run");
        await Shows(page, "#shown", Text);
        await Shows(page, "#shown td", First);
        Assert.Equal(Text, await page["[aria-label=notes]"].InputValueAsync());
        await page["button", "Save tags and notes"].ClickAsync();
        await page["button", "Delete …"].ClickAsync();
        await Shows(page, "dialog h2", $"Delete {First}?");
        await page["dialog button", "Keep it"].ClickAsync();
        await Clean(page);
        Assert.Empty(page.Errors);
        Assert.Equal([""], page.Hosts);

        // The report runs its own scripts, in a sandbox.
        await page.Page.GotoAsync(new Uri(_board.Address, $"/report?run={Uri.EscapeDataString(First)}").ToString());
        await Shows(page, "body", First);
        await Shows(page, "body", Text);
        Assert.False(await page.Page.EvaluateAsync<bool>("'hacked' in window"));
        Assert.Equal(0, await page["img[src=x], svg[onload]"].CountAsync());
        Assert.Empty(page.Errors);

        if (!withoutPolicy)
            return;
        // What would have happened otherwise.
        await page.Page.EvaluateAsync("text => { document.body.insertAdjacentHTML('beforeend', text); }", First);
        await page.Until("window.hacked === 1");
    }

    private static Task Shows(BoardPage page, string selector, string text) =>
        page.Until($"[...document.querySelectorAll({Json(selector)})].some(e => e.textContent.includes({Json(text)}))");

    // Elements that no part of the page makes, and the mark that the code would leave.
    private static async Task Clean(BoardPage page)
    {
        Assert.Empty(await page.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('*')].filter(e => e.matches('img, iframe, object, embed, script:not([src]):not([type="application/json"])')
              || [...e.attributes].some(a => a.name.startsWith('on'))).map(e => e.outerHTML)
            """));
        Assert.False(await page.Page.EvaluateAsync<bool>("'hacked' in window"));
    }

    private static void Change(string folder, string file, params (string Old, string New)[] changes)
    {
        var path = Path.Combine(folder, file);
        var text = File.ReadAllText(path);
        foreach (var (old, other) in changes)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, other, StringComparison.Ordinal);
        }
        File.WriteAllText(path, text);
    }

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text, Unescaped);

    private static readonly System.Text.Json.JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
