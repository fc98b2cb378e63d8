using System.Net;
using System.Xml.Linq;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Tests.Views;
using MoELab.Training;
using MoELab.Views.Comparisons;
using SkiaSharp;

namespace MoELab.Tests.Board;

public sealed class BoardFigureTests : IAsyncLifetime
{
    private readonly string _runs = TestFolders.New("runs");
    private OpenBoard _board = null!;

    public async ValueTask InitializeAsync()
    {
        SyntheticRun.Create("a", steps: 3000, layers: 2, experts: 8, runs: _runs);
        SyntheticRun.Create("b", steps: 60, layers: 2, experts: 8, balancer: "none", runs: _runs);
        SyntheticRun.Create("s-1", steps: 60, seed: 1, runs: _runs);
        SyntheticRun.Create("s-2", steps: 60, seed: 2, runs: _runs);
        SyntheticRun.Create("s-3", steps: 40, seed: 3, runs: _runs);
        SyntheticRun.Create("<img src=x onerror=alert(1)>&\"'", steps: 5, runs: _runs);
        _board = await OpenBoard.Over(_runs);
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public async Task Curves_are_thinned_to_what_shows_and_a_part_is_drawn_exactly()
    {
        var whole = await _board.Get("api/curves?run=a&metric=loss&smooth=0&width=600");
        Assert.InRange(Points(whole).Length, 300, 1500);
        Assert.Equal(1, (double)whole["data"]!["view"]![0]!);
        var part = await _board.Get("api/curves?run=a&metric=loss&smooth=0&width=600&from=100&to=120");
        Assert.Equal((100, 120), ((double)part["data"]!["view"]![0]!, (double)part["data"]!["view"]![1]!));
        Assert.Equal(21, Points(part).Length);
        var loss = RunReader.Open(Path.Combine(_runs, "a")).Metrics["loss"];
        Assert.Equal(loss.Values.Skip(99).Take(21).Select(v => Math.Round(v, 5)), part["data"]!["series"]![0]!["y"]!.AsArray().Select(v => (double)v!));
    }

    [Fact]
    public async Task Every_x_axis_draws_and_a_logarithmic_one_leaves_out_what_is_not_positive()
    {
        foreach (var (axis, label) in new[] { ("steps", "step"), ("tokens", "tokens"), ("time", "seconds") })
            Assert.Equal(label, (await _board.Get($"api/curves?run=a&run=b&metric=loss&x={axis}"))["data"]!["label"]!.ToString());
        var log = await _board.Get("api/curves?run=a&metric=experts/dead&log=1");
        Assert.Null(log["data"]!["view"]);
        Assert.True((bool)(await _board.Get("api/curves?run=a&metric=loss&log=1"))["data"]!["log"]!);
        Assert.Contains("no tokenizer", await _board.Refusal("api/curves?run=a&metric=loss&x=flops"));
    }

    [Fact]
    public async Task Runs_that_differ_only_in_the_seed_become_a_mean_with_a_band()
    {
        var picture = await _board.Get("api/curves?run=s-1&run=s-2&run=b&metric=eval/bits_per_byte&seeds=range");
        Assert.Equal(["s, 2 seeds", "b"], picture["legend"]!.AsArray().Select(l => l!["name"]!.ToString()));
        var each = await _board.Get("api/curves?run=s-1&run=s-2&metric=eval/bits_per_byte");
        var (one, two, mean) = (Last(each, 0), Last(each, 1), Last(picture, 0));
        Assert.Equal((one + two) / 2, mean, 4);
        Assert.Contains("class=\"b-c0\"", picture["svg"]!.ToString());

        static double Last(JsonNode picture, int series) => (double)picture["data"]!["series"]![series]!["y"]!.AsArray()[^1]!;
    }

    [Theory]
    [InlineData("api/curves?metric=loss", "0 runs are chosen")]
    [InlineData("api/curves?run=a&metric=losss", "metric 'losss': run 'a' has not logged it")]
    [InlineData("api/curves?run=a&metric=loss&smooth=1", "smooth: '1'; expected a number from 0 to 0.999")]
    [InlineData("api/curves?run=a&metric=loss&x=miles", "x: 'miles'; expected steps, tokens, flops, time")]
    [InlineData("api/curves?run=a&metric=loss&from=9&to=3", "expected the first to be less than the last")]
    [InlineData("api/curves?run=a&metric=loss&width=1e9", "width: '1e9'")]
    [InlineData("api/routing?run=a&step=999999", "routing of step 999999: not recorded")]
    [InlineData("api/difference?run=a&run=s-1", "without a difference")]
    [InlineData("api/compare?run=a", "expected two or more")]
    [InlineData("save/curves.gif?run=a", "format 'gif'; expected svg, png or csv")]
    [InlineData("save/portrait.svg?run=a", "figure 'portrait'; expected curves")]
    [InlineData("save/recipes.png?run=a&run=b", "format 'png'; expected csv, because 'recipes' is a table")]
    [InlineData("save/comparison.csv?run=a", "expected two or more")]
    [InlineData("api/curves?run=%2e%2e%2fa&metric=loss", "not usable as a folder")]
    public async Task What_cannot_be_drawn_is_one_sentence(string path, string sentence)
    {
        var answer = await _board.Client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(sentence, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_run_names_the_nearest() =>
        Assert.Contains("did you mean 's-1'?", await _board.Refusal("api/curves?run=s-11&metric=loss", expected: HttpStatusCode.NotFound));

    [Fact]
    public async Task A_run_name_that_is_markup_stays_text()
    {
        var name = Uri.EscapeDataString("<img src=x onerror=alert(1)>&\"'");
        foreach (var path in new[] { $"api/curves?run={name}&run=a", $"api/compare?run={name}&run=a", $"api/run?run={name}", $"api/domains?run={name}&run=a" })
        {
            var answer = await _board.Get(path);
            foreach (var html in new[] { answer["html"], answer["svg"] }.OfType<JsonNode>().Select(h => h.ToString()))
                Assert.DoesNotContain("<img", html);
        }
        Assert.DoesNotContain("<img", await _board.Client.GetStringAsync($"report?run={name}", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Pictures_are_saved_in_the_size_and_with_the_letters_of_a_paper()
    {
        var svg = XDocument.Parse(await _board.Client.GetStringAsync("save/curves.svg?run=a&run=b&metric=loss&width=500&height=250&font=22", TestContext.Current.CancellationToken)).Root!;
        Assert.Equal(("500", "250"), (svg.Attribute("width")!.Value, svg.Attribute("height")!.Value));
        // Letters of 11 units, of which the picture is 250 wide.
        Assert.StartsWith("0 0 250 125", svg.Attribute("viewBox")!.Value);
        Assert.DoesNotContain("var(--", svg.ToString());
        using var png = SKBitmap.Decode(await _board.Client.GetByteArrayAsync("save/routing.png?run=a&width=400&scale=2", TestContext.Current.CancellationToken));
        Assert.Equal(800, png.Width);
        var csv = (await _board.Client.GetStringAsync("save/curves.csv?run=a&run=b&metric=loss", TestContext.Current.CancellationToken)).Split('\n');
        Assert.Equal(("step,loss/a,loss/b", 3002), (csv[0], csv.Length));
        Assert.StartsWith("domain,a,b", await _board.Client.GetStringAsync("save/domains.csv?run=a&run=b", TestContext.Current.CancellationToken));
        Assert.StartsWith("layer,expert,a,b,difference", await _board.Client.GetStringAsync("save/difference.csv?run=a&run=b", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Tables_of_a_comparison_are_saved_as_DuckDB_reads_them()
    {
        const string Markup = "<img src=x onerror=alert(1)>&\"'";
        var query = $"?run=a&run=b&run={Uri.EscapeDataString(Markup)}";
        var shown = (await _board.Get("api/compare" + query))["html"]!.ToString();
        foreach (var table in new[] { "comparison", "recipes" })
            Assert.Contains($"href=\"{WebUtility.HtmlEncode($"/save/{table}.csv{query}")}\"", shown, StringComparison.Ordinal);
        using var duck = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        duck.Open();
        var figures = await Rows("comparison", "select run, steps, loss_last_tenth from saved");
        var compared = new Comparison([.. new[] { "a", "b", Markup }.Select(n => RunReader.Open(Path.Combine(_runs, n)))]);
        Assert.Equal(compared.Table.Rows.Select(r => $"{r[0]}|{r[2]}|{Convert.ToString(r[4], CultureInfo.InvariantCulture)}"), figures);
        Assert.Equal(compared.Diff.Rows.Select(r => string.Join('|', r)), await Rows("recipes", "select * from saved"));
        Assert.Contains("balancer.name|smebu|none|smebu", await Rows("recipes", "select * from saved"));

        async Task<List<string>> Rows(string table, string sql)
        {
            var file = Path.Combine(TestFolders.New("csv"), "saved.csv");
            await File.WriteAllBytesAsync(file, await _board.Client.GetByteArrayAsync($"save/{table}.csv{query}", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            using var command = duck.CreateCommand();
            command.CommandText = $"with saved as (from read_csv('{file}', header = true)) {sql}";
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            return rows;
        }
    }

    [Fact]
    public async Task Heatmaps_and_comparisons_are_those_of_the_library()
    {
        Assert.Contains("data-heat", (await _board.Get("api/routing?run=a"))["html"]!.ToString());
        Assert.Contains("Routing: b less a", (await _board.Get("api/difference?run=a&run=b"))["title"]!.ToString());
        Assert.Contains("prose", (await _board.Get("api/domains?run=a&run=b"))["html"]!.ToString());
        var compared = (await _board.Get("api/compare?run=s-1&run=s-2"))["html"]!.ToString();
        Assert.Contains("differ in the seed alone", compared);
        Assert.Contains("training.seed", compared);
        Assert.DoesNotContain("style=", compared);
        Assert.Contains("loss", (await _board.Get("api/metrics?run=a")).AsArray().Select(m => m!.ToString()));
    }

    [Fact]
    public async Task Rows_that_are_written_while_somebody_looks_are_drawn()
    {
        using var tiny = new TinyRuns();
        var folder = tiny.Stop(tiny.Recipe, "live", 4);
        await using var board = await OpenBoard.Over(tiny.Runs);
        Assert.Equal(4, Points(await board.Get("api/curves?run=live&metric=loss&smooth=0")).Length);
        using (var trainer = Trainer.Resume(folder, tiny.Catalog)!)
            trainer.Run();
        Assert.Equal(8, Points(await board.Get("api/curves?run=live&metric=loss&smooth=0")).Length);
        var frames = (await board.Get("api/frames?run=live&step=4")).AsArray();
        Assert.Equal([5, 6, 7, 8], frames.Select(f => (int)f!["step"]!));
        // Two MoE layers of eight experts.
        Assert.Equal((16, 2), (Convert.FromBase64String(frames[0]!["cells"]!.ToString()).Length, frames[0]!["means"]!.AsArray().Count));
    }

    private static double[] Points(JsonNode picture) => [.. picture["data"]!["series"]![0]!["x"]!.AsArray().Select(v => (double)v!)];

    [Fact]
    public async Task A_picture_that_a_page_has_is_drawn_again_only_after_something_was_logged()
    {
        var runs = TestFolders.New("runs");
        var run = SyntheticRun.Create("a", steps: 12, runs: runs);
        await using var board = await OpenBoard.Over(runs);
        var mark = Uri.EscapeDataString((await board.Get("api/curves?run=a&metric=loss"))["mark"]!.ToString());
        Assert.Equal(HttpStatusCode.NoContent, (await board.Client.GetAsync($"api/curves?run=a&metric=loss&mark={mark}", TestContext.Current.CancellationToken)).StatusCode);
        var rows = File.ReadAllLines(run.PathOf("metrics.jsonl"));
        File.AppendAllText(run.PathOf("metrics.jsonl"), rows[^1].Replace("\"step\":12", "\"step\":13", StringComparison.Ordinal) + "\n");
        Assert.NotEqual(mark, Uri.EscapeDataString((await board.Get($"api/curves?run=a&metric=loss&mark={mark}"))["mark"]!.ToString()));
    }
}
