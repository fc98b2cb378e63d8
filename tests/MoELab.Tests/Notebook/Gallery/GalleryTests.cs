using MoELab.Documents;
using MoELab.Documents.Html;
using MoELab.Plugins;
using MoELab.Tests.Cli;
using MoELab.Tests.Views;

namespace MoELab.Tests.Notebook.Gallery;

/// <summary>The notebooks that newcomers open: as they are committed, and run anew on a small setting.</summary>
public sealed class GalleryTests
{
    private const int MostBytes = 3_000_000, MostBytesTogether = 12_000_000;

    private const string Drive = """
        <script>
        const errors = []; window.onerror = m => { errors.push(m); }; console.error = m => { errors.push(m); };
        addEventListener('unhandledrejection', e => errors.push(e.reason));
        addEventListener('load', () => setTimeout(() => {
          const seen = e => e.getBoundingClientRect().width > 0;
          const colours = c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size;
          const heats = [...document.querySelectorAll('canvas.heat')].filter(seen);
          const lines = [...document.querySelectorAll('svg path.l')].filter(p => seen(p) && p.getTotalLength() > 50).length;
          const marks = root => root.querySelector('canvas.heat')?.toDataURL() ?? root.querySelector('.page:not([hidden])').innerHTML;
          const ranges = [...document.querySelectorAll('input[type=range]')].filter(seen);
          const blank = heats.filter(c => colours(c) < 3).length;
          let moved = 0;
          for (const range of ranges) {
            const root = range.closest('[data-heat],[data-pages],.moelab'), before = marks(root);
            range.value = range.value === '0' ? range.max : '0';
            range.dispatchEvent(new Event('input', { bubbles: true }));
            if (marks(root) !== before) moved++;
          }
          document.body.insertAdjacentHTML('beforeend', `<pre id="verdict">errors=${errors.join('|')};blank=${blank};still=${ranges.length - moved};sliders=${ranges.length > 0};lines=${lines > 2}</pre>`);
        }, 1500));
        </script>
        """;

    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks");

    // Half of the tokens of each step (two micro-batches, between which heterogeneity is measured), and shorter evaluations.
    private const string Small = """
        recipe: lab-tiny
        training: { tokens_per_step: 2048, micro_batch_tokens: 1024, eval_tokens: 2048, eval_final_tokens: 4096 }
        """;

    /// <summary>Each notebook with the parameters of its small setting.</summary>
    public static TheoryData<string, string[]> Notebooks => new()
    {
        { "1-quickstart", ["steps=60"] },
        { "2-swap-balancers", ["steps=24"] },
        { "3-write-a-balancer", ["steps=9", "seeds=2"] },
        { "4-muon-against-adamw", ["steps=6", "rates=[0.002, 0.006]"] },
        { "5-packing", ["steps=6", "seeds=2"] },
        { "6-inside-a-router", ["steps=6"] },
        { "7-activation-in-cuda", ["steps=8"] },
    };

    [Fact]
    public void Every_notebook_is_tested_and_listed()
    {
        var files = Directory.GetFiles(Folder, "*.ipynb").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(files, Notebooks.Select(n => n.Data.Item1));
        var list = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(files, f => Assert.Contains($"({f}.ipynb)", list, StringComparison.Ordinal));
        Assert.InRange(files.Sum(f => new FileInfo(Source(f)).Length), 1, MostBytesTogether);
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void A_notebook_is_committed_as_it_ran(string name, string[] small)
    {
        Assert.NotEmpty(small);
        var text = File.ReadAllText(Source(name));
        Assert.InRange(text.Length, 1, MostBytes);
        foreach (var place in new[] { "/tmp/", "/home/", "/Users/", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/" })
            Assert.DoesNotContain(place, text, StringComparison.Ordinal);
        var file = JsonNode.Parse(text)!;
        Assert.Equal("moelab", (string?)file["metadata"]!["kernelspec"]!["name"]);
        Assert.Equal("csharp", (string?)file["metadata"]!["language_info"]!["name"]);
        var cells = file["cells"]!.AsArray();
        Assert.Contains(cells, c => c!["metadata"]!["tags"]?.AsArray().Any(t => (string?)t == "parameters") == true);
        Assert.DoesNotContain(cells, c => c!["metadata"]!["tags"]?.AsArray().Any(t => (string?)t == "injected-parameters") == true);
        var code = cells.Where(c => (string?)c!["cell_type"] == "code").ToArray();
        Assert.Equal(Enumerable.Range(1, code.Length), code.Select(c => (int?)c!["execution_count"] ?? 0));
        Assert.DoesNotContain(code.SelectMany(c => c!["outputs"]!.AsArray()), o => (string?)o!["output_type"] is "error" || (string?)o["name"] == "stderr");
        OpensInABrowser(name, NotebookDocument.Read(Source(name)));
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void A_notebook_runs_on_its_small_setting_and_its_page_lives(string name, string[] small)
    {
        var folder = TestFolders.New("gallery");
        var output = Path.Combine(folder, "out.ipynb");
        var recipe = Path.Combine(folder, "small.yaml");
        File.WriteAllText(recipe, Small);
        var (notebook, text) = (Path.Combine(folder, name + ".ipynb"), File.ReadAllText(Source(name)));
        var smaller = text.Replace("lab.Recipe(\\\"lab-tiny\\\")", $"lab.Recipe(\\\"{recipe}\\\")", StringComparison.Ordinal)
            .Replace("recipe: lab-tiny\\n", $"recipe: {recipe}\\n", StringComparison.Ordinal);
        Assert.NotEqual(text, smaller);
        File.WriteAllText(notebook, smaller);
        var run = CliRun.With(PluginCatalog.Discover(), ["notebook", "run", notebook, .. small.SelectMany(p => new[] { "-p", p }), "--runs", Path.Combine(folder, "runs"), "--output", output]);
        Assert.True(run.Exit == 0, run.Error);
        OpensInABrowser(name, NotebookDocument.Read(output));
    }

    private static void OpensInABrowser(string name, NotebookDocument notebook)
    {
        var browser = BrowserTests.Browser();
        var page = Path.Combine(TestFolders.New("page"), name + ".html");
        NotebookPage.Write(notebook, page);
        var html = File.ReadAllText(page);
        Assert.Contains("</head>", html, StringComparison.Ordinal);
        var verdict = BrowserTests.Open(browser, html.Replace("</head>", Drive + "</head>", StringComparison.Ordinal));
        Assert.Contains("errors=;blank=0;still=0;sliders=true;lines=true<", verdict);
    }

    private static string Source(string name) => Path.Combine(Folder, name + ".ipynb");
}
