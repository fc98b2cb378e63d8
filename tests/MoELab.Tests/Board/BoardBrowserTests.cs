using Deque.AxeCore.Playwright;
using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

/// <summary>The page in Chromium, as somebody uses it.</summary>
public sealed class BoardBrowserTests(BoardBrowser browser) : IClassFixture<BoardBrowser>, IAsyncLifetime
{
    private readonly string _runs = TestFolders.New("runs");
    private OpenBoard _board = null!;

    public async ValueTask InitializeAsync()
    {
        for (var seed = 1; seed <= 3; seed++)
            SyntheticRun.Create($"smebu-{seed}", steps: 400, seed: seed, runs: _runs);
        SyntheticRun.Create("collapsed", steps: 400, balancer: "none", collapse: true, runs: _runs);
        SyntheticRun.Create("<img src=x onerror=alert(1)>", steps: 20, runs: _runs);
        _board = await OpenBoard.Over(_runs);
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public async Task The_first_view_has_list_and_curves_without_an_error_or_a_foreign_address()
    {
        await using var page = await browser.Open(_board.Address);
        await page.Charts(4);
        Assert.Equal(5, await page["#rows tr"].CountAsync());
        Assert.Equal(5, await page["#legend .entry"].CountAsync());
        Assert.DoesNotContain("token", page.Page.Url);
        Assert.Equal("live", await page["#live"].TextContentAsync());
        Assert.Equal(0, await page["body img"].CountAsync());
        await page[".plot-area"].First.HoverAsync();
        // In the middle, at step 200 of 400: a run of 20 steps has ended.
        Assert.Contains("smebu-1", await page[".tip"].First.TextContentAsync());
        Assert.DoesNotContain("<img", await page[".tip"].First.TextContentAsync());
        Assert.Empty(page.Errors);
        Assert.Equal([""], page.Hosts);
    }

    [Fact]
    public async Task Filter_groups_order_and_choice_work()
    {
        await using var page = await browser.Open(_board.Address);
        await page.Charts(4);
        await page["#filter"].FillAsync("balancer.name=smebu smebu");
        Assert.Equal(["smebu-1", "smebu-2", "smebu-3"], (await page["#rows .name"].AllTextContentsAsync()).Order(StringComparer.Ordinal));
        await page["#filter"].FillAsync("");
        await page["#group"].FillAsync("balancer.name");
        Assert.Equal(["balancer.name = none", "balancer.name = smebu"], (await page["#rows .fold"].AllTextContentsAsync()).Order(StringComparer.Ordinal));
        // Groups of one recipe's name say what differs.
        await page["#group"].FillAsync("same but the seed");
        Assert.Equal(["none", "smebu", "smebu"], (await page["#rows .fold"].AllTextContentsAsync()).Where(t => t.StartsWith("lab-tiny, balancer", StringComparison.Ordinal))
            .Select(t => t.Split("balancer.name = ")[1].Split(',', ':')[0]).Order(StringComparer.Ordinal));
        Assert.Contains(": 3 seeds", string.Join('|', await page["#rows .fold"].AllTextContentsAsync()));
        // A value that no run has is not a value on which no run agrees.
        await page["#group"].FillAsync("balancer.nam");
        Assert.Equal("group by: no run has the value 'balancer.nam'; did you mean 'balancer.name'?", await page["#rows .none"].TextContentAsync());
        await page["#group"].FillAsync("");
        await page["#filter"].FillAsync("balancer.nam=smebu");
        Assert.Equal("no run has the value 'balancer.nam'; did you mean 'balancer.name'?", await page["#rows .none"].TextContentAsync());
        await page["#filter"].FillAsync("balancer.name=other");
        Assert.Equal("no run fits the filter", await page["#rows .none"].TextContentAsync());
        await page["#filter"].FillAsync("");
        await page["th button", "run"].ClickAsync();
        await page["th button", "run"].ClickAsync();
        Assert.Equal("smebu-3", (await page["#rows .name"].AllTextContentsAsync())[^1]);
        await page["#clear"].ClickAsync();
        await page.Until("document.querySelector('.plot-area .message')?.textContent === 'Choose runs in the list.'");
        // From the keyboard: the checkbox, the next row's, and its space key.
        await page["#rows input"].First.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await page.Page.Keyboard.PressAsync("Space");
        await page.Charts(4);
        Assert.Equal(["collapsed"], await page["#legend .entry"].AllTextContentsAsync());
        await page.Page.ReloadAsync();
        await page.Charts(4);
        Assert.Equal(["collapsed"], await page["#legend .entry"].AllTextContentsAsync());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Curves_are_zoomed_moved_hidden_smoothed_and_averaged()
    {
        await using var page = await browser.Open(_board.Address, "&run=smebu-1&run=smebu-2&metric=loss");
        await page.Charts(1);
        var area = page[".plot-area"];
        var box = (await area.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + 80);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 90);
        Assert.True(await page[".shade"].IsVisibleAsync());
        await page.Page.Mouse.UpAsync();
        await page.Until("new URLSearchParams(location.search).get('from') > 100");
        await page.Until("!document.getElementById('whole').hidden");
        await Ticks(page, "200", there: true);
        await Ticks(page, "400", there: false);
        await area.DblClickAsync();
        await page.Until("!location.search.includes('from')");
        await Ticks(page, "400", there: true);
        await area.FocusAsync();
        await page.Page.Keyboard.PressAsync("+");
        await page.Until("location.search.includes('from')");
        await page.Page.Keyboard.PressAsync("0");
        await page.Until("!location.search.includes('from')");
        await area.HoverAsync();
        await page.Page.Keyboard.DownAsync("Control");
        await page.Page.Mouse.WheelAsync(0, -200);
        await page.Page.Keyboard.UpAsync("Control");
        await page.Until("location.search.includes('from')");
        await page["#whole"].ClickAsync();

        await page["#legend .entry"].First.ClickAsync();
        await page.Until("document.querySelectorAll('.plot-area .plot .l').length === 1 && location.search.includes('hide=smebu-1')");
        await page["#legend .entry"].First.ClickAsync();
        await page["label", "log y"].Locator("input").CheckAsync();
        await page.Until("location.search.includes('log=1')");
        await page["input[type=range]"].FillAsync("0");
        await page.Until("location.search.includes('smooth=0') && document.querySelectorAll('.plot-area .f').length === 0");
        await page["label", "seeds"].Locator("select").SelectOptionAsync("range");
        await page.Until("document.querySelectorAll('.plot-area .l').length === 1 && document.querySelectorAll('.plot-area .b-c0').length === 1");
        Assert.Equal(["smebu, 2 seeds"], await page["#legend .entry"].AllTextContentsAsync());
        await page["label", "x "].Locator("select").First.SelectOptionAsync("tokens");
        await Ticks(page, "tokens", there: true);
        await page["#more"].SelectOptionAsync("grad_norm");
        await page.Charts(2);
        await page["[aria-label='remove grad_norm']"].ClickAsync();
        await page.Charts(1);
        Assert.Empty(page.Errors);

        static Task Ticks(BoardPage page, string text, bool there) =>
            page.Until($"[...document.querySelectorAll('.plot-area .across text, .plot-area .end text')].filter(t => t.style.display !== 'none').some(t => t.textContent === '{text}') === {(there ? "true" : "false")}");
    }

    [Fact]
    public async Task Every_tab_is_reached_by_arrow_keys_and_shows_its_content()
    {
        await using var page = await browser.Open(_board.Address, "&run=smebu-1&run=collapsed");
        await page.Charts(4);
        await page["#tab-curves"].FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Until("document.activeElement.id === 'tab-routing' && document.querySelector('canvas.heat')?.width > 0");
        var canvas = "document.querySelector('canvas.heat').toDataURL()";
        var last = await page.Page.EvaluateAsync<string>(canvas);
        await page[".slider input"].FillAsync("0");
        Assert.NotEqual(last, await page.Page.EvaluateAsync<string>(canvas));
        await page["select[aria-label=less]"].SelectOptionAsync("smebu-1");
        await page.Until("document.getElementById('shown').textContent.includes('smebu-1 less smebu-1: this is the same run')");
        await page["select[aria-label=less]"].SelectOptionAsync("collapsed");
        await page.Until("document.querySelector('.card .title')?.textContent === 'Routing: smebu-1 less collapsed'");
        await page["#tab-routing"].FocusAsync();
        foreach (var (tab, part) in new[] { ("domains", "Held-out text by domain"), ("compare", "What differs in the recipes"), ("sql", "Tables: runs"), ("run", "What happened") })
        {
            await page.Page.Keyboard.PressAsync("ArrowRight");
            await page.Until($"document.activeElement.id === 'tab-{tab}' && document.getElementById('panel').textContent.includes('{part}')");
        }
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Notes_are_written_runs_archived_and_deleted_after_a_question()
    {
        await using var page = await browser.Open(_board.Address, "&tab=run&one=smebu-2");
        await page["[aria-label=tags]"].FillAsync("best, keep");
        await page["[aria-label=notes]"].FillAsync("the <b>one</b>");
        await page["button", "Save tags and notes"].ClickAsync();
        await page.Until("[...document.querySelectorAll('#rows .tag')].some(t => t.textContent === 'keep')");
        await page["button", "Archive"].Last.ClickAsync();
        await page.Until("[...document.querySelectorAll('.editor button')].some(b => b.textContent === 'Take out of the archive')");
        // The button has the focus, and what is beside it moves on all the same.
        File.AppendAllText(Path.Combine(_runs, "smebu-2", "events.jsonl"), "{\"kind\":\"stop\",\"step\":400,\"time\":\"2026-11-29T10:00:00Z\",\"message\":\"stopped\"}\n");
        await page.Until("document.querySelector('.chip').textContent === 'stopped'");
        await page.Until("![...document.querySelectorAll('#rows .name')].some(n => n.textContent === 'smebu-2')");
        await page["#archived"].CheckAsync();
        await page.Until("[...document.querySelectorAll('#rows .name')].some(n => n.textContent === 'smebu-2')");
        await page["button", "Delete …"].ClickAsync();
        await page["dialog button", "Keep it"].ClickAsync();
        Assert.True(Directory.Exists(Path.Combine(_runs, "smebu-2")));
        await page["button", "Delete …"].ClickAsync();
        await page["dialog button", "Delete the run"].ClickAsync();
        await page.Until("![...document.querySelectorAll('#rows .name')].some(n => n.textContent === 'smebu-2')");
        Assert.False(Directory.Exists(Path.Combine(_runs, "smebu-2")));
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Pictures_are_saved_from_the_page()
    {
        await using var page = await browser.Open(_board.Address, "&run=smebu-1&metric=loss");
        await page.Charts(1);
        foreach (var (format, start) in new[] { ("SVG", "<svg"), ("PNG", "\u0089PNG"), ("CSV", "step,loss/smebu-1") })
        {
            await page["[aria-label='save loss']"].ClickAsync();
            await page["dialog input"].First.FillAsync("700");
            var download = await page.Page.RunAndWaitForDownloadAsync(() => page["dialog button", format].ClickAsync());
            Assert.Equal($"curves-loss.{format.ToLowerInvariant()}", download.SuggestedFilename);
            var bytes = await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
            Assert.StartsWith(start, Encoding.Latin1.GetString(bytes));
            if (format == "SVG")
                Assert.Contains("width=\"700\"", Encoding.UTF8.GetString(bytes));
        }
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Tables_of_a_comparison_are_saved_from_the_page()
    {
        await using var page = await browser.Open(_board.Address, "&tab=compare&run=smebu-1&run=collapsed");
        foreach (var (table, start) in new[] { ("comparison", "run,status,steps"), ("recipes", "path,smebu-1,collapsed\nbalancer.") })
        {
            var download = await page.Page.RunAndWaitForDownloadAsync(() => page[$"[aria-label='save {table} as CSV']"].ClickAsync());
            Assert.Equal($"{table}.csv", download.SuggestedFilename);
            Assert.StartsWith(start, await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken));
        }
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Sql_answers_in_a_table_and_its_errors_are_sentences()
    {
        await using var page = await browser.Open(_board.Address, "&tab=sql");
        await page["#sql"].FillAsync("select run, '<i>x</i>' as text from runs order by run");
        await page["#sql"].PressAsync("Control+Enter");
        await page.Until("document.querySelectorAll('#shown tbody tr').length === 5");
        Assert.Equal(0, await page["#shown i"].CountAsync());
        await page["#sql"].FillAsync("select nothing from nowhere");
        await page["button", "Ask"].ClickAsync();
        await page.Until("document.querySelector('#shown .bad')?.textContent.includes(\"no table 'nowhere'\")");

        // Stopped by hand, a query leaves the way free for the next one.
        await page["#sql"].FillAsync(Endless);
        await page["button", "Ask"].ClickAsync();
        await page["button", "Stop"].ClickAsync();
        await page.Until("document.getElementById('shown').textContent.startsWith('Stopped after ')");
        await page["#sql"].FillAsync("select 7 as seven");
        await page["button", "Ask"].ClickAsync();
        await page.Until("document.querySelector('#shown td')?.textContent === '7'");
        // An answer stays while another tab is looked at.
        await page.Tab("run");
        await page.Tab("sql");
        Assert.Equal("7", await page["#shown td"].TextContentAsync());

        // Stopped by the limit, it says so at once: a browser sends some refused requests again by itself.
        await using var hasty = await OpenBoard.Over(_runs, queryTime: TimeSpan.FromSeconds(0.5));
        await using var late = await browser.Open(hasty.Address, "&tab=sql");
        var asked = 0;
        late.Page.Request += (_, request) => asked += request.Url.EndsWith("/api/sql", StringComparison.Ordinal) ? 1 : 0;
        await late["#sql"].FillAsync(Endless);
        await late["button", "Ask"].ClickAsync();
        await late.Until("document.querySelector('#shown .bad')?.textContent === 'The query took longer than 0.5 s and was stopped.'");
        Assert.Equal(1, asked);
        Assert.True(await late["button", "Stop"].IsHiddenAsync());
        Assert.Empty(page.Errors.Concat(late.Errors));
    }

    private const string Endless = "select count(*) from range(1000000000000) a where sin(a.range) > 2";

    [Fact]
    public async Task A_page_of_a_board_that_was_started_again_says_so()
    {
        var board = await OpenBoard.Over(_runs);
        await using var page = await browser.Open(board.Address, "&run=smebu-1&metric=loss");
        await page.Until("document.getElementById('live').textContent === 'live'");
        await board.DisposeAsync();
        await page.Until("document.getElementById('live').textContent.includes('does not answer; it may have been stopped')");
        await using var again = await OpenBoard.Over(_runs, board.Address.Port);
        await page.Until("document.getElementById('live').textContent === 'the board was started again and has a new address; open the one that it printed'");
    }

    [Fact]
    public async Task What_an_address_names_and_the_folder_does_not_have_is_said()
    {
        await using var page = await browser.Open(_board.Address, "&run=nobody&run=smebu-1&metric=losss&tab=curves");
        await page.Until("document.getElementById('toasts').textContent.includes(\"'nobody': no such run in this folder.\")");
        await page.Until("document.querySelector('.plot-area .message')?.textContent.includes(\"metric 'losss'\")");
        await page.Page.GotoAsync(new Uri(_board.Address, "/?tab=run&run=aa").ToString());
        await page.Until("document.querySelector('#panel .bad')?.textContent === \"There is no run 'aa' in this folder.\"");
        await page.Page.GotoAsync(new Uri(_board.Address, "/?tab=moon").ToString());
        await page.Until("document.getElementById('toasts').textContent.includes(\"There is no tab 'moon'\")");
        await page.Charts(4);
        Directory.Delete(Path.Combine(_runs, "smebu-3"), recursive: true);
        await page.Until("document.getElementById('toasts').textContent.includes('smebu-3 is no longer in the folder.')");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_phone_shows_everything_without_scrolling_sideways()
    {
        await using var page = await browser.Open(_board.Address, width: 390, height: 844);
        // Charts below the screen are drawn when somebody scrolls to them.
        await page.Until("document.querySelector('.plot-area svg')");
        foreach (var tab in new[] { "curves", "routing", "domains", "compare", "sql", "run" })
        {
            await page.Tab(tab);
            await page.Settled();
            Assert.Equal(390, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
        Assert.Empty(page.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Axe_finds_no_serious_fault_on_any_tab(bool dark)
    {
        await using var page = await browser.Open(_board.Address, "&group=balancer.name", dark: dark);
        await page.Charts(4);
        foreach (var tab in new[] { "curves", "routing", "domains", "compare", "sql", "run" })
        {
            await page.Tab(tab);
            await page.Settled();
            var found = await page.Page.RunAxe();
            Assert.NotEmpty(found.Passes);
            Assert.Empty(found.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{tab}: {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}"));
        }
    }
}
