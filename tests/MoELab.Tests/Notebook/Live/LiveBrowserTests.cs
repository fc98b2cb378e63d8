using System.Text.Json;
using MoELab.Live;
using MoELab.Plugins;
using MoELab.Tests.Views;

namespace MoELab.Tests.Notebook.Live;

public sealed class LiveBrowserTests
{
    private const string Drive = """
        <script>
        const errors = []; window.onerror = m => { errors.push(m); }; console.error = m => { errors.push(m); };
        const marks = () => ({
          line: document.querySelector('[data-chart="loss"] path.l').getAttribute('d'), vio: document.querySelector('[data-chart="vio"] path.l').getAttribute('d'),
          heat: document.querySelector('canvas.heat').toDataURL(), step: document.querySelector('[data-text="step"]').textContent,
          events: document.querySelectorAll('[data-chart="loss"] path[class^="b-"]').length, max: +document.querySelector('input').max, at: document.querySelector('output').textContent });
        const insert = html => { const at = document.createElement('div'); at.innerHTML = html; document.body.append(at); for (const s of at.querySelectorAll('script')) { if (s.type) continue; const t = document.createElement('script'); t.textContent = s.textContent; s.replaceWith(t); } return at; };
        addEventListener('load', () => setTimeout(() => {
          const first = marks();
          insert(DELTA);
          const second = marks();
          insert(DELTA);
          const same = JSON.stringify(marks()) === JSON.stringify(second);
          const moved = Object.keys(first).filter(k => first[k] !== second[k]).join();
          document.querySelector('input').value = 0;
          document.querySelector('input').dispatchEvent(new Event('input', { bubbles: true }));
          const old = document.querySelector('.moelab');
          const whole = insert(WHOLE);
          old.remove();
          const plots = [...whole.querySelectorAll('[data-chart] .plot')], tips = plots.length > 1 && plots.every(p => p.closest('figure').querySelector('.tip'));
          document.body.insertAdjacentHTML('beforeend', `<pre id="verdict">errors=${errors.join('|')};moved=${moved};same=${same};kept=${document.querySelector('output').textContent};tips=${tips}</pre>`);
        }, 500));
        </script>
        """;

    [Fact]
    public void A_figure_draws_the_points_that_deltas_bring_without_an_error()
    {
        var browser = BrowserTests.Browser();
        var whole = SyntheticRun.Create("moving", steps: 120, layers: 4, experts: 32).FullPath;
        var half = Path.Combine(TestFolders.New("half"), "moving");
        Directory.CreateDirectory(half);
        Part(whole, half, 35);
        var card = new RunCard(new Run(half, new MoELab.Lab(Path.GetDirectoryName(half), PluginCatalog.Discover())));
        var figure = LiveOutput.Html(card.Whole("id"));
        Part(whole, half, 100);
        Assert.True(card.Read());
        // Frames are paced by their size: 128 cells may follow after 31 ms.
        Thread.Sleep(100);
        var delta = LiveHtml.Push("id", card.Delta()!);
        Assert.InRange(delta.Length, 200, 6000);
        var later = LiveOutput.Html(card.Whole("id"));

        var drive = Drive.Replace("DELTA", Text(delta), StringComparison.Ordinal).Replace("WHOLE", Text(later), StringComparison.Ordinal);
        var page = $"<!doctype html><html><head><meta charset=\"utf-8\">{drive}</head><body>{figure}</body></html>";
        Save("start", figure);
        Save("moved", figure + delta);
        var ended = LiveOutput.Html(new RunCard(new Run(whole, new MoELab.Lab(Path.GetDirectoryName(whole), PluginCatalog.Discover()))).Whole("end"));
        Save("end", ended);
        Save("static", System.Text.RegularExpressions.Regex.Replace(ended, "<script>.*?</script>", "", System.Text.RegularExpressions.RegexOptions.Singleline));
        Assert.Contains("errors=;moved=line,vio,heat,step,events,max,at;same=true;kept=step 1;tips=true<", BrowserTests.Open(browser, page));
    }

    private static string Text(string html) => JsonSerializer.Serialize(html).Replace("</", "<\\/", StringComparison.Ordinal);

    /// <summary>Writes a page to look at, light and dark, where <c>MOELAB_LIVE_PAGES</c> names a folder.</summary>
    internal static void Save(string name, string html)
    {
        if (Environment.GetEnvironmentVariable("MOELAB_LIVE_PAGES") is not { } folder)
            return;
        foreach (var light in new[] { true, false })
            File.WriteAllText(Path.Combine(folder, $"{name}-{(light ? "light" : "dark")}.html"), $"<!doctype html><meta charset=\"utf-8\"><body data-jp-theme-light=\"{(light ? "true" : "false")}\" style=\"margin:12px;background:{(light ? "#fff" : "#111")}\">{html}</body>");
    }

    // The first steps of a run, as its folder was then.
    private static void Part(string from, string to, int steps)
    {
        File.Copy(Path.Combine(from, "recipe.yaml"), Path.Combine(to, "recipe.yaml"), overwrite: true);
        File.WriteAllLines(Path.Combine(to, "metrics.jsonl"), File.ReadLines(Path.Combine(from, "metrics.jsonl")).Take(steps));
        var routing = File.ReadAllBytes(Path.Combine(from, "routing.bin"));
        File.WriteAllBytes(Path.Combine(to, "routing.bin"), routing[..(24 + (steps * ((routing.Length - 24) / 120)))]);
        File.WriteAllLines(Path.Combine(to, "events.jsonl"), File.ReadLines(Path.Combine(from, "events.jsonl")).Where(l => JsonDocument.Parse(l).RootElement.GetProperty("step").GetInt32() <= steps));
        File.WriteAllText(Path.Combine(to, "lock"), "");
    }
}
