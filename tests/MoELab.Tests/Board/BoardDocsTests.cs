using System.Net;
using Deque.AxeCore.Playwright;
using MoELab.Board.Docs;
using SkiaSharp;

namespace MoELab.Tests.Board;

/// <summary>The documentation as the board serves it.</summary>
public sealed class BoardDocsTests(BoardBrowser browser) : IClassFixture<BoardBrowser>, IAsyncLifetime
{
    private OpenBoard _board = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _board = await OpenBoard.Over(TestFolders.New("runs"));

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public async Task Pages_and_images_are_served_and_what_is_missing_is_named()
    {
        var start = await _board.Client.GetAsync("docs", Cancel);
        Assert.EndsWith("/docs/readme", start.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Contains("<h1 id=\"moelab\">MoELab</h1>", await start.Content.ReadAsStringAsync(Cancel));
        foreach (var (path, type) in new[] { ("docs/images/report.png", "image/png"), ("docs/images/view-loss.svg", "image/svg+xml"), ("docs.js", "text/javascript") })
        {
            var answer = await _board.Client.GetAsync(path, Cancel);
            Assert.Equal((path, HttpStatusCode.OK, type), (path, answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        }
        foreach (var path in new[] { "docs/nothing", "docs/images/..%2f..%2fREADME.md", "docs/images/nothing.png" })
        {
            var answer = await _board.Client.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains("its pages are: readme, ", await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task Without_the_token_nobody_reads_and_a_query_is_text()
    {
        using var stranger = new HttpClient();
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync(new Uri(_board.Address, "/docs/views"), Cancel)).StatusCode);
        var none = await _board.Client.GetStringAsync("api/docs?q=" + Uri.EscapeDataString("zzz<img src=x>"), Cancel);
        Assert.Contains("zzz&lt;img", none);
        Assert.Contains("<mark>MaxVio</mark>", await _board.Client.GetStringAsync("api/docs?q=maxvio", Cancel));
    }

    [Theory, InlineData(false, 1400), InlineData(true, 390)]
    public async Task A_reader_searches_and_goes_to_what_was_found(bool dark, int width)
    {
        await using var page = await browser.Open(new Uri(_board.Address, "/docs/views" + _board.Address.Query), width: width, dark: dark);
        await page.Until("document.querySelector('article img')?.complete");
        await Accessible(page);
        await page.Page.Keyboard.PressAsync("/");
        await page.Page.Keyboard.TypeAsync("quantile balanc");
        await page.Until("document.getElementById('hits').dataset.query === 'quantile balanc' && document.querySelectorAll('#hits li').length > 0 && document.querySelector('article').hidden");
        await Accessible(page);
        var target = await page["#hits a"].First.GetAttributeAsync("href");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal(target, await page.Page.EvaluateAsync<string?>("document.activeElement.getAttribute('href')"));
        await page.Page.Keyboard.PressAsync("Enter");
        for (var until = DateTime.UtcNow.AddSeconds(60); !page.Page.Url.EndsWith(target!, StringComparison.Ordinal);)
        {
            Assert.True(DateTime.UtcNow < until, $"{page.Page.Url}, not {target}");
            await Task.Delay(50, Cancel);
        }
        await page.Until($"(location.pathname + location.hash) === '{target}' && !document.querySelector('article').hidden");
        Assert.Contains(DocsSite.Current.Pages, p => target!.StartsWith(p.Address, StringComparison.Ordinal));
        await page.Page.GoBackAsync();
        Assert.Empty(page.Errors);
        Assert.Equal([""], page.Hosts);
        Assert.True(await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Diagrams_are_pictures_that_Chromium_draws(bool dark)
    {
        await using var page = await browser.Open(new Uri(_board.Address, "/docs/architecture" + _board.Address.Query), dark: dark);
        await page.Until("[...document.querySelectorAll('article img')].length === 5 && [...document.querySelectorAll('article img')].every(i => i.complete && i.naturalWidth > 200)");
        await Accessible(page);
        // The letters of a box, which are dark on light paper and the other way round.
        var file = Environment.GetEnvironmentVariable("MOELAB_DOCS_PICTURE") is { Length: > 0 } folder ? Path.Combine(folder, $"diagram{(dark ? "-dark" : "")}.png") : null;
        using var shot = SKBitmap.Decode(await page["article img"].First.ScreenshotAsync(new() { Path = file }));
        var bright = shot.Pixels.Average(p => (p.Red + p.Green + p.Blue) / 765.0);
        Assert.True(dark ? bright < 0.35 : bright > 0.8, $"mean brightness {bright}");
        Assert.Empty(page.Errors);
    }

    private static async Task Accessible(BoardPage page)
    {
        var found = (await page.Page.RunAxe()).Violations.Where(v => v.Impact is "serious" or "critical").ToList();
        Assert.True(found.Count == 0, string.Join('\n', found.SelectMany(v => v.Nodes, (v, node) => $"{v.Help}: {node.Html}")));
    }
}
