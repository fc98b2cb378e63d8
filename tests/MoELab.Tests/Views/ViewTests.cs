using System.Xml.Linq;
using MoELab.Runs.Reading;
using MoELab.Studies.Races;
using MoELab.Views;
using MoELab.Views.Scenes;
using MoELab.Views.Tables;

namespace MoELab.Tests.Views;

public sealed class ViewTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static View[] All(RunReader run) =>
        [run.Views.Loss(), run.Views.Domains(), run.Views.Routing(), run.Views.MaxVio(), run.Views.Loads(), run.Views.Bias(), run.Views.Bias(steps: true), run.Views.Metrics("both", "lr", "grad_norm", "absent")];

    [Fact]
    public void Every_picture_is_well_formed_and_inside_its_frame()
    {
        foreach (var view in All(SyntheticRun.Create("a<b>&\"c", steps: 2500, layers: 9)))
        {
            var text = view.ToSvg();
            var root = XDocument.Parse(text).Root!;
            Assert.Equal(Svg + "svg", root.Name);
            Assert.Contains("prefers-color-scheme:dark", text);
            Assert.DoesNotContain("NaN", text);
            Assert.InRange(text.Length, 1000, 200_000);
            var size = root.Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
            foreach (var node in root.Descendants(Svg + "circle").Concat(root.Descendants(Svg + "text")))
            {
                Assert.InRange(Number(node, "cx", "x"), 0, size[2]);
                Assert.InRange(Number(node, "cy", "y"), 0, size[3]);
            }
        }

        static double Number(XElement node, string first, string second) => double.Parse((node.Attribute(first) ?? node.Attribute(second))!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_saved_csv_equals_the_data()
    {
        var run = SyntheticRun.Create("csv", steps: 40);
        foreach (var view in All(run))
        {
            var path = run.PathOf("view.csv");
            view.SaveCsv(path);
            var lines = File.ReadAllLines(path).Select(l => l.Split(',')).ToArray();
            Assert.Equal(view.Data.Columns, lines[0]);
            Assert.Equal(view.Data.Rows.Count, lines.Length - 1);
            foreach (var (row, line) in view.Data.Rows.Zip(lines.Skip(1)))
                Assert.Equal(row.Select(c => c is null ? "" : Convert.ToString(c, CultureInfo.InvariantCulture)), line);
        }
        var loss = run.Views.Loss().Data;
        Assert.Equal(["step", "loss", "eval/loss"], loss.Columns);
        Assert.Equal(["step", .. SyntheticRun.Domains.Select(d => "loss/domain/" + d), .. SyntheticRun.Domains.Select(d => "eval/loss/" + d)], run.Views.Domains().Data.Columns);
        Assert.Equal(["step", "max_vio_worst_layer", "max_vio_median_layer", "max_vio_p10", "max_vio_p90", "max_vio_p25", "max_vio_p75"], run.Views.MaxVio().Data.Columns);
        Assert.Equal(run.Metrics["loss"].Values, loss.Rows.Select(r => (double)r[1]!));
    }

    [Fact]
    public void Every_csv_has_a_header_that_strict_readers_take()
    {
        var folder = TestFolders.New("csv");
        var runs = new[] { SyntheticRun.Create("one", steps: 30), SyntheticRun.Create("two", steps: 30) };
        var lab = new MoELab.Lab(folder);
        var comparison = new MoELab.Views.Comparisons.Comparison(runs);
        var views = new List<View>(All(runs[0])) { runs[0].Views.Loss(LossAxis.Tokens), runs[0].Views.Loss(LossAxis.Time), runs[0].Views.Experts(), runs[0].Views.Metrics("twice", "loss=a", "loss=b", "grad_norm"), new RunTable(runs), comparison.Curves(), comparison.Curves("step", "eval/bits_per_byte"), comparison.Heatmap()!, new SweepResult("balancer.kappa", ["1", "3"], [lab.Attach(runs[0].FullPath), lab.Attach(runs[1].FullPath)]).Parallel() };
        var tables = views.Select(v => v.Data).Append(comparison.Table).ToArray();
        foreach (var (i, table) in tables.Index())
        {
            Assert.All(table.Columns, c => Assert.Matches("^[a-z][a-z0-9_]*([./][a-z0-9_-]+)*$", c));
            Assert.Equal(table.Columns.Count, table.Columns.Distinct(StringComparer.OrdinalIgnoreCase).Count());
            File.WriteAllText(Path.Combine(folder, $"{i}.csv"), table.ToCsv());
            using var duck = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
            duck.Open();
            using var command = duck.CreateCommand();
            command.CommandText = $"SELECT * FROM read_csv('{Path.Combine(folder, $"{i}.csv")}', header = true, strict_mode = true, null_padding = false, ignore_errors = false, delim = ',', quote = '\"')";
            using var reader = command.ExecuteReader();
            Assert.Equal(table.Columns, Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
            var rows = 0;
            while (reader.Read())
                rows++;
            Assert.Equal(table.Rows.Count, rows);
        }
        var python = Jupyter.OutsideClientTests.Python;
        if (python is null)
            Assert.Skip("no Python with jupyter_client to read the tables with; DuckDB read them");
        const string Script = "import csv,glob,sys\nfor p in glob.glob(sys.argv[1]+'/*.csv'):\n rows=list(csv.reader(open(p,newline='',encoding='utf-8'),strict=True))\n assert all(rows[0]) and len(set(rows[0]))==len(rows[0]) and all(len(r)==len(rows[0]) for r in rows), p\nprint(len(glob.glob(sys.argv[1]+'/*.csv')))";
        var (exit, output, error) = EndToEnd.Shell.Run(python, "-c", Script, folder);
        Assert.True(exit == 0, error);
        Assert.Equal($"{tables.Length}", output.Trim());
    }

    [Fact]
    public void A_chart_of_one_point_has_one_tick_and_one_without_a_point_has_none()
    {
        string[] Ticks(LineChart chart) => [.. XDocument.Parse(chart.ToSvg()).Root!.Descendants(Svg + "text").Where(t => t.Attribute("text-anchor")!.Value == "middle").Select(t => t.Value)];
        Assert.Equal(["4,096"], Ticks(new LineChart { XLabel = "tokens", Series = [new("loss", [4096], [3.1])] }));
        Assert.Equal(["1", "2", "3"], Ticks(new LineChart { Series = [new("loss", [1, 2, 3], [3.1, 3, 2])] }));
        Assert.Equal(["not logged yet"], Ticks(new LineChart { Series = [new("loss", [], [])] }));
        Assert.Empty(XDocument.Parse(new LineChart { Series = [new("loss", [], [])] }.ToSvg()).Root!.Descendants(Svg + "line"));
    }

    [Theory]
    [InlineData(4096.0, 4096.2, 4096.4, "4,096.0 4,096.2 4,096.4")]
    [InlineData(0, 10, 20, "0 10 20")]
    public void Labels_that_would_be_alike_are_told_apart(double a, double b, double c, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.Labelled([a, b, c]).Select(t => t.Label)));

    [Fact]
    public void The_heatmap_draws_one_cell_per_expert_and_marks_those_without_a_token()
    {
        var run = SyntheticRun.Create("heat", steps: 3, layers: 2, experts: 5);
        var bytes = File.ReadAllBytes(run.PathOf("routing.bin"));
        Array.Clear(bytes, bytes.Length - 4, 4);
        File.WriteAllBytes(run.PathOf("routing.bin"), bytes);

        var view = RunReader.Open(run.FullPath).Views.Routing();
        var cells = XDocument.Parse(view.ToSvg()).Root!.Elements(Svg + "rect").Take(10).Select(r => r.Attribute("class")!.Value).ToArray();
        Assert.Equal("dead", cells[9]);
        Assert.All(cells[..9], c => Assert.StartsWith("h", c));
        Assert.Equal(3, view.Step);
        Assert.Equal(0L, view.Data.Rows[9][2]);
        Assert.Equal(2, run.Views.Routing(2).Step);
        Assert.Throws<InputException>(() => run.Views.Routing(99));
    }

    [Fact]
    public void MaxVio_follows_its_definition_with_and_without_logged_layers()
    {
        Assert.Equal([2, 0], MaxVioView.Of(new long[,] { { 9, 0, 0 }, { 4, 4, 4 }, { 0, 0, 0 } }));
        var run = SyntheticRun.Create("vio", steps: 5);
        var logged = run.Views.MaxVio().Data;
        File.WriteAllText(run.PathOf("metrics.jsonl"), "{\"step\":1,\"loss\":1}\n");
        var computed = RunReader.Open(run.FullPath).Views.MaxVio().Data;
        Assert.Equal(logged.Columns, computed.Columns);
        foreach (var (a, b) in logged.Rows.Zip(computed.Rows))
            Assert.All(a.Zip(b), p => Assert.Equal((double)p.First!, (double)p.Second!, 9));
    }

    [Fact]
    public void Quantised_loads_come_back_within_half_a_class()
    {
        var frames = RoutingFrames.OfLoads([], 1, 1);
        for (var value = -2.0; value <= 2; value += 0.01)
            Assert.Equal(value, frames.Value(frames.Quantise(value)), 0.5 * 4 / 253 + 1e-12);
        Assert.Equal((1, 254, 255), (frames.Quantise(-9), frames.Quantise(9), frames.Quantise(double.NaN)));
        Assert.Equal([1, 3, 5], RoutingFrames.Choose([1, 2, 3, 4, 5], 3));
        Assert.Equal([1, 2], RoutingFrames.Choose([1, 2], 3));
    }

    [Fact]
    public void Views_of_a_run_without_figures_say_so()
    {
        var folder = TestFolders.New("empty");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "{\"step\":1,\"loss\":null}\n");
        foreach (var view in All(RunReader.Open(folder)))
            Assert.Matches("not logged yet|no routing recorded yet", XDocument.Parse(view.ToSvg()).Root!.Value);
    }

    [Fact]
    public void Thinning_keeps_the_extremes()
    {
        var values = Enumerable.Range(0, 10_000).Select(i => i == 4321 ? 99.0 : i == 777 ? -99 : Math.Sin(i)).ToArray();
        var kept = Curves.Thin(values, 400);
        Assert.InRange(kept.Count, 2, 410);
        Assert.Contains(4321, kept);
        Assert.Contains(777, kept);
    }

    [Fact]
    public void Smoothing_keeps_a_line_a_line_and_passes_over_gaps()
    {
        var line = Enumerable.Range(0, 400).Select(i => i == 200 ? double.NaN : 3.0 * i).ToArray();
        var smooth = Curves.Smooth(line);
        Assert.Equal(0, smooth[0]);
        Assert.Equal(300, smooth[100], 9);
        Assert.Equal(600, smooth[200], 9);
        Assert.Equal(3 * 399, smooth[399], 9);
    }

    [Theory]
    [InlineData(0, 10, 5, new[] { 0.0, 2, 4, 6, 8, 10 })]
    [InlineData(1.7, 5.6, 5, new[] { 2.0, 3, 4, 5 })]
    [InlineData(0.0, 0.004, 4, new[] { 0, 0.001, 0.002, 0.003, 0.004 })]
    [InlineData(3, 3, 5, new double[0])]
    public void Ticks_are_round(double low, double high, int count, double[] expected)
    {
        var ticks = Ticks.Nice(low, high, count);
        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(ticks.Zip(expected), p => Assert.Equal(p.Second, p.First, 12));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1200, "1,200")]
    [InlineData(12_500, "12.5k")]
    [InlineData(4.92e6, "4.92M")]
    [InlineData(2e-5, "2e-5")]
    [InlineData(-0.25, "-0.25")]
    public void Labels_are_short(double value, string expected) => Assert.Equal(expected, Ticks.Label(value));
}
