using Microsoft.Playwright;
using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

/// <summary>Chromium, started once for a class of tests; pages of a board in it.</summary>
public sealed class BoardBrowser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (BrowserTests.Find() is not { } program)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a board; a test without a browser is skipped.</summary>
    internal async Task<BoardPage> Open(Uri address, string rest = "", int width = 1400, int height = 900, bool dark = false,
        bool withoutPolicy = false)
    {
        if (_browser is null)
            Assert.Skip("no Chromium on the PATH");
        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            BypassCSP = withoutPolicy,
        });
        context.SetDefaultTimeout(60_000);
        var page = new BoardPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync(address + rest);
        return page;
    }
}
