using System.Diagnostics;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Views;
using MoELab.Views.Plotly;
using MoELab.Views.Reports;
using MoELab.Views.Tables;

namespace MoELab.Tests.Views;

public sealed class BrowserTests
{
    private const string Drive = """
        <script>
        const errors = []; window.onerror = m => { errors.push(m); };
        addEventListener('load', () => setTimeout(() => {
          const heats = [...document.querySelectorAll('[data-heat]')], pages = [...document.querySelectorAll('[data-pages]')];
          const marks = root => root.querySelector('canvas.heat') ? root.querySelector('canvas.heat').toDataURL() : root.querySelector('.page:not([hidden])').innerHTML;
          let moved = 0;
          for (const root of [...heats, ...pages]) {
            const range = root.querySelector('input'), before = marks(root);
            range.value = range.value === '0' ? range.max : '0';
            range.dispatchEvent(new Event('input'));
            if (marks(root) !== before) moved++;
          }
          const drawn = document.querySelectorAll('[data-plotly] .main-svg').length;
          document.body.insertAdjacentHTML('beforeend', `<pre id="verdict">errors=${errors.join('|')};sliders=${heats.length + pages.length};moved=${moved};plotly=${drawn > 0};curves=${document.querySelectorAll('.tip').length}</pre>`);
        }, 1500));
        </script>
        """;

    [Fact]
    public void Figures_come_to_life_in_a_browser_without_an_error()
    {
        var browser = Browser();
        using var tiny = new TinyRuns();
        var run = RunReader.Open(tiny.Train());
        var views = new View[] { run.Views.Loss(), run.Views.Routing(), run.Views.Specialisation(tokensPerDomain: 128), run.Views.CoActivation(tokensPerDomain: 128), run.Views.Paint("1 plus 2 is 3"), run.Views.Experts(), new RunTable([run]) };
        var body = string.Concat(views.Select(NotebookOutput.NotebookHtml)) + PlotlyOutput.Html(run.Views.Loss().Plotly(), library: true);

        var verdict = Open(browser, "<!doctype html><html><head><meta charset=\"utf-8\">" + Drive + "</head><body>" + body + "</body></html>");
        Assert.Contains("errors=;sliders=4;moved=4;plotly=true;curves=2<", verdict);

        verdict = Open(browser, Report.ToHtml(run).Replace("</head>", Drive + "</head>", StringComparison.Ordinal));
        Assert.Contains("errors=;sliders=1;moved=1;", verdict);
    }

    private const string Look = """
        <script>
        const errors = []; window.onerror = m => { errors.push(m); };
        addEventListener('load', () => setTimeout(() => {
          // How large a letter of the drawing is on the page, at each width.
          const letters = [...document.querySelectorAll('svg.ml.fit')].map(s => s.getScreenCTM().a.toFixed(2));
          const size = () => [document.documentElement.scrollWidth, document.documentElement.scrollHeight, ...[...document.querySelectorAll('figure')].map(f => f.offsetHeight)].join();
          const before = size(), over = (e, x, y) => { const b = e.getBoundingClientRect(); e.dispatchEvent(new PointerEvent('pointermove', { clientX: b.left + b.width * x, clientY: b.top + b.height * y, bubbles: true })); };
          let still = true, told = 0;
          for (const e of document.querySelectorAll('svg.ml.fit, canvas.heat')) for (const x of [.97, .2, .6]) { over(e, x, .5); still &&= size() === before; }
          told = document.querySelectorAll('.tip:not([hidden])').length + [...document.querySelectorAll('.read')].filter(r => r.textContent).length;
          const ends = () => [...document.querySelector('.axes .x').children].map(e => e.textContent).join('..'), order = document.querySelector('select.order'), numbered = ends();
          order.value = 'last'; order.dispatchEvent(new Event('change'));
          const sorted = ends();
          order.value = ''; order.dispatchEvent(new Event('change'));
          document.body.insertAdjacentHTML('beforeend', `<pre id="verdict">errors=${errors.join('|')};letters=${[...new Set(letters)].join()} of ${letters.length};still=${still};told=${told};${numbered};${sorted};${ends()}</pre>`);
        }, 1000));
        </script>
        """;

    [Fact]
    public void Letters_have_one_size_at_every_width_hovering_moves_nothing_and_a_sorted_heatmap_says_so()
    {
        var browser = Browser();
        var run = SyntheticRun.Create("look", steps: 60);
        var parts = new View[] { run.Views.Loss(), run.Views.Bias(), run.Views.Experts() }.Select(NotebookOutput.NotebookHtml).ToArray();
        var body = string.Concat(new[] { 340, 700, 1060 }.Select(w => $"<div style=\"width:{w}px\">{string.Concat(parts)}</div>")) + NotebookOutput.NotebookHtml(run.Views.Routing());
        var verdict = Open(browser, "<!doctype html><html><head><meta charset=\"utf-8\">" + Look + "</head><body>" + body + "</body></html>");
        Assert.Contains("errors=;letters=1.00 of 9;still=true;told=10;expert 0..15;most tokens..fewest tokens;expert 0..15<", verdict);
    }

    /// <summary>The browser; a test without one is skipped.</summary>
    internal static string Browser()
    {
        var browser = Find();
        if (browser is null)
            Assert.Skip("no Chromium on the PATH");
        return browser;
    }

    /// <summary>The same, or null.</summary>
    internal static string? Find() => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(Find).FirstOrDefault(p => p is not null);

    /// <summary>Opens a page and returns what its script wrote into an element called <c>verdict</c>.</summary>
    internal static string Open(string browser, string html)
    {
        var folder = TestFolders.New("page");
        var page = Path.Combine(folder, "page.html");
        File.WriteAllText(page, html);
        using var process = Process.Start(new ProcessStartInfo(browser, ["--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + Path.Combine(folder, "profile"), "--virtual-time-budget=8000", "--dump-dom", "file://" + page]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var dom = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(60_000))
            process.Kill(entireProcessTree: true);
        _ = errors.Result;
        var at = dom.Result.LastIndexOf("id=\"verdict\"", StringComparison.Ordinal);
        return at < 0 ? "no verdict" : dom.Result[at..Math.Min(dom.Result.Length, at + 300)];
    }

    private static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);
}
