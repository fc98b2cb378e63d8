using System.Diagnostics;
using SkiaSharp;

namespace MoELab.Tests.Board;

/// <summary>
/// The pictures of the page on the board, and the frames that it names: written where <c>MOELAB_BOARD_PICTURES</c> names a folder of runs and one
/// for the pictures, measured where <c>MOELAB_BOARD_FRAMES</c> names a folder of runs and a file.
/// </summary>
public sealed class BoardPicturesOfDocs(BoardBrowser browser) : IClassFixture<BoardBrowser>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_has_a_light_and_a_dark_picture_of_the_same_size()
    {
        if (Environment.GetEnvironmentVariable("MOELAB_BOARD_PICTURES")?.Split(';') is [var runs, var folder])
            await Write(runs, folder);
        using var light = SKBitmap.Decode(Repository.PathOf("docs/images/board.png"));
        using var dark = SKBitmap.Decode(Repository.PathOf("docs/images/board-dark.png"));
        Assert.Equal((1400, 900), (light.Width, light.Height));
        Assert.Equal((1400, 900), (dark.Width, dark.Height));
        Assert.True(light.GetPixel(700, 5).Red > 200 && dark.GetPixel(700, 5).Red < 60);
        foreach (var page in new[] { "README.md", "docs/board.md" })
            Assert.Contains("images/board.png)", Repository.Read(page));
    }

    [Fact]
    public async Task The_page_names_the_frames_that_were_measured()
    {
        if (Environment.GetEnvironmentVariable("MOELAB_BOARD_FRAMES")?.Split(';') is [var runs, var file])
            await Measure(runs, file);
        Assert.Matches(@"\| zooming, [^|]+ \| [\d.,]+ ms", Repository.Read("docs/board.md"));
    }

    private async Task Write(string runs, string folder)
    {
        await using var board = await OpenBoard.Over(runs);
        var done = (await board.Rows()).Values.Where(r => r["state"]!.ToString() == "finished").Select(r => $"&run={r["name"]}").Order(StringComparer.Ordinal);
        var metrics = string.Concat(new[] { "loss", "eval/bits_per_byte", "max_vio/mean", "router/entropy" }.Select(m => $"&metric={m}"));
        foreach (var dark in new[] { false, true })
        {
            await using var page = await browser.Open(board.Address, $"&group=balancer.name&seeds=range{metrics}{string.Concat(done)}", dark: dark);
            await page.Charts(4);
            await Task.Delay(500, Cancel);
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"board{(dark ? "-dark" : "")}.png") });
        }
        foreach (var dark in new[] { false, true })
            foreach (var (width, height) in new[] { (1400, 900), (390, 844) })
                foreach (var tab in new[] { "curves", "routing", "domains", "compare", "sql", "run" })
                {
                    await using var page = await browser.Open(board.Address, $"&tab={tab}", width, height, dark);
                    await (tab == "curves" && width > 1000 ? page.Charts(4) : page.Settled());
                    await Task.Delay(500, Cancel);
                    await page.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{tab}-{width}{(dark ? "-dark" : "")}.png") });
                }
    }

    private async Task Measure(string runs, string file)
    {
        var text = new StringBuilder();
        await using var board = await OpenBoard.Over(runs);
        var names = (await board.Rows()).Keys.ToArray();
        foreach (var (what, rest) in new[] { ("first view, cold", ""), ("first view, again", ""), ($"all {names.Length} runs", string.Concat(names.Select(n => "&run=" + n))) })
        {
            var clock = Stopwatch.StartNew();
            await using var page = await browser.Open(board.Address, rest);
            await page.Until("document.querySelectorAll('#rows tr .name').length > 0");
            var list = clock.ElapsedMilliseconds;
            await page.Charts(4);
            clock.Stop();
            text.AppendLine(CultureInfo.InvariantCulture, $"{what}: list after {list} ms, four charts after {clock.ElapsedMilliseconds} ms, {await page.Bytes() / 1024} KiB");
            if (names.Length > 6 && rest.Length == 0)
                continue;
            text.AppendLine(CultureInfo.InvariantCulture, $"nothing moving, {what}: {await Frames(page, "")}");
            text.AppendLine(CultureInfo.InvariantCulture, $"zooming, {what}: {await Frames(page, """
                const area = document.querySelector('.plot-area'), box = area.getBoundingClientRect();
                area.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ctrlKey: true, deltaY: i % 40 < 20 ? -40 : 40, clientX: box.left + box.width / 2, clientY: box.top + 90 }));
                """)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"scrolling, {what}: {await Frames(page, """
                document.querySelector('.list').scrollTop = Math.abs(i * 20 % 3000 - 1500); document.getElementById('panel').scrollTop = Math.abs(i * 10 % 400 - 200);
                """)}");
        }
        await File.WriteAllTextAsync(file, text.ToString(), Cancel);
    }

    // Milliseconds between 150 frames of the browser while something is done in each.
    private static async Task<string> Frames(BoardPage page, string act)
    {
        var times = await page.Page.EvaluateAsync<double[]>($$"""
            () => new Promise(done => {
              const times = []; let last = performance.now(), i = 0;
              const step = now => { times.push(now - last); last = now; {{act}} if (++i < 150) requestAnimationFrame(step); else done(times.slice(2)); };
              requestAnimationFrame(step);
            })
            """);
        var sorted = times.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"median {sorted[sorted.Length / 2]:0.0} ms, 95th percentile {sorted[sorted.Length * 95 / 100]:0.0} ms, longest {sorted[^1]:0.0} ms");
    }
}
