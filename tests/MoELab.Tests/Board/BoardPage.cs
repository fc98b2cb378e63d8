using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MoELab.Tests.Board;

/// <summary>One page, with everything that went wrong on it and every address that it asked.</summary>
internal sealed class BoardPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentBag<IRequest> _finished = [];

    public BoardPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => Errors.Add(error);
        page.Console += (_, said) => { if (said.Type == "error" && !said.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) Errors.Add(said.Text); };
        page.Dialog += (_, dialog) => { Errors.Add("dialog: " + dialog.Message); _ = dialog.DismissAsync(); };
        page.RequestFinished += (_, request) => _finished.Add(request);
        page.Request += (_, request) => Hosts.Add(new Uri(request.Url) is { IsLoopback: true } ? "" : request.Url);
    }

    public IPage Page { get; }

    /// <summary>Bytes of the bodies that came whole.</summary>
    public async Task<long> Bytes() => (await Task.WhenAll(_finished.Select(r => r.SizesAsync()))).Sum(s => (long)s.ResponseBodySize);

    public List<string> Errors { get; } = [];

    public HashSet<string> Hosts { get; } = [];

    public ILocator this[string selector] => Page.Locator(selector);

    public ILocator this[string selector, string text] => Page.Locator(selector, new() { HasText = text });

    /// <summary>Waits until the page says that something is so.</summary>
    public async Task Until(string expression)
    {
        // Asked from here, because the page's policy allows no code that comes as text, not even the waiting of the test.
        for (var until = DateTime.UtcNow.AddSeconds(60); !await Page.EvaluateAsync<bool>($"!!({expression})");)
        {
            Assert.True(DateTime.UtcNow < until, $"not within a minute: {expression}\n{string.Join('\n', Errors)}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until as many charts have been drawn.</summary>
    public Task Charts(int count) => Until($"document.querySelectorAll('.plot-area > svg').length === {count}");

    /// <summary>Waits until nothing is being read or drawn.</summary>
    public Task Settled() => Until("![...document.querySelectorAll('.message')].some(m => m.textContent.endsWith('…')) && !document.querySelector('[aria-busy]') "
        + "&& (!document.querySelector('#shown') || document.querySelector('#shown').children.length > 0 || document.querySelector('#sql'))");

    /// <summary>A tab, opened by its name.</summary>
    public async Task Tab(string name)
    {
        await this[$"#tab-{name}"].ClickAsync();
        await Until($"document.getElementById('tab-{name}').getAttribute('aria-selected') === 'true'");
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
