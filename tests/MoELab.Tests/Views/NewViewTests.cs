using System.Text.RegularExpressions;
using System.Xml.Linq;
using MoELab.Runs.Reading;
using MoELab.Studies.Races;
using MoELab.Tests.Training;
using MoELab.Views;
using MoELab.Views.Plotly;
using MoELab.Views.Reports;
using MoELab.Views.Scenes;
using MoELab.Views.Tables;

namespace MoELab.Tests.Views;

public sealed class NewViewTests
{
    [Fact]
    public void Loss_stands_against_tokens_and_time_too()
    {
        var run = SyntheticRun.Create("axes", steps: 20);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => 4096.0 * i), run.Views.Loss(LossAxis.Tokens).Data.Rows.Select(r => (double)r[0]!));
        var time = run.Views.Loss(LossAxis.Time);
        Assert.Equal("seconds", time.Data.Columns[0]);
        Assert.Equal(20 * 0.44, (double)time.Data.Rows[^1][0]!, 9);
        Assert.Equal(run.Metrics["loss"].Values, time.Data.Rows.Select(r => (double)r[1]!));
        Assert.Throws<InputException>(() => run.Views.Loss(LossAxis.Flops));
    }

    [Fact]
    public void Dead_and_overloaded_experts_are_counted_as_documented()
    {
        var run = SyntheticRun.Create("experts", steps: 3, layers: 2, experts: 5);
        var bytes = File.ReadAllBytes(run.PathOf("routing.bin"));
        Array.Clear(bytes, bytes.Length - 4, 4);
        File.WriteAllBytes(run.PathOf("routing.bin"), bytes);
        var view = RunReader.Open(run.FullPath).Views.Experts(overload: 1);
        Assert.Equal(10.0, (double)view.Data.Rows[^1][1]!, 9);
        var relative = RoutingFrames.Relative(RunReader.Open(run.FullPath).Counts(3)).Cast<double>().ToArray();
        Assert.Equal(relative.Count(v => v > 1) * 10.0, (double)view.Data.Rows[^1][2]!, 9);
        Assert.Equal(1 / 3.0, (double)view.Table.Rows[9][2]!, 9);
        Assert.Equal(10, view.Table.Rows.Count);
    }

    [Fact]
    public void Held_out_views_agree_with_the_routing_of_the_model()
    {
        using var tiny = new TinyRuns();
        var run = RunReader.Open(tiny.Train());
        var special = run.Views.Specialisation(layer: 1, tokensPerDomain: 256);
        var rows = special.Data.Rows;
        Assert.Equal(2 * 2 * 8, rows.Count);
        foreach (var domain in rows.GroupBy(r => (r[0], r[1])))
        {
            Assert.Equal(1, domain.Sum(r => (double)r[4]!), 9);
            Assert.Equal(0, domain.Sum(r => (long)r[3]!) % 2);
        }
        foreach (var expert in rows.GroupBy(r => (r[0], r[2])).Where(g => g.Any(r => (long)r[3]! > 0)))
            Assert.Equal(1, expert.Sum(r => (double)r[6]!), 9);

        var pairs = run.Views.CoActivation(layer: 1, tokensPerDomain: 256).Data.Rows;
        Assert.Equal(8 * 7, pairs.Count);
        foreach (var pair in pairs)
            Assert.Equal(pair[3], pairs.Single(r => Equals(r[1], pair[2]) && Equals(r[2], pair[1]))[3]);
        // Against chance the other experts' lifts, weighed by how often they are chosen, come to 1.
        var chosen = rows.Where(r => (int)r[0]! == 1).GroupBy(r => (int)r[2]!).ToDictionary(g => g.Key, g => (double)g.Sum(r => (long)r[3]!));
        foreach (var row in pairs.GroupBy(r => (int)r[1]!).Where(g => chosen[g.Key] > 0))
            Assert.Equal(1, row.Where(r => chosen[(int)r[2]!] > 0).Sum(r => (double)r[5]! * chosen[(int)r[2]!]) / row.Sum(r => chosen[(int)r[2]!]), 9);
        // Two experts per token: every choice has one partner.
        Assert.Equal(rows.Where(r => (int)r[0]! == 1).Sum(r => (long)r[3]!), pairs.Sum(r => (long)r[3]!));

        var paint = run.Views.Paint("1 plus 2\nis 3", layer: 1);
        Assert.Equal(2 * 13 * 2, paint.Data.Rows.Count);
        using (var model = LabModel.Load(run.FullPath, null, tiny.Catalog))
        {
            var layer = model.Route("1 plus 2\nis 3")[1];
            foreach (var row in paint.Data.Rows.Where(r => (int)r[0]! == 1))
                Assert.Contains(Enumerable.Range(0, layer.Tokens.Length), i => layer.Tokens[i] == (int)row[1]! + 1 && layer.Experts[i] == (int)row[4]! && layer.Gates[i] == (double)row[5]!);
        }
        Assert.Equal(2, Regex.Count(NotebookOutput.NotebookHtml(paint), "class=\"page\""));
        Assert.Equal("training_flops", run.Views.Loss(LossAxis.Flops).Data.Columns[0]);
        foreach (var view in new View[] { special, run.Views.CoActivation(), paint })
        {
            XDocument.Parse(view.ToSvg());
            view.SavePng(run.PathOf("v.png"));
        }
        Assert.Throws<InputException>(() => run.Views.Paint("a", layer: 2));
        Assert.Throws<InputException>(() => run.Views.Paint(""));
        Assert.Throws<InputException>(() => run.Views.Specialisation(9));
    }

    [Fact]
    public void The_plotly_twin_has_the_data_of_the_view()
    {
        var run = SyntheticRun.Create("plotly", steps: 30, layers: 2, experts: 4);
        var loss = run.Views.Loss();
        var figure = JsonNode.Parse(PlotlyOutput.Json(loss.Plotly()))!;
        var training = figure["data"]!.AsArray().Single(t => (string)t!["name"]! == "training")!;
        Assert.Equal(loss.Data.Rows.Select(r => (double)r[1]!), training["y"]!.AsArray().Select(v => v!.GetValue<double>()));
        Assert.Equal(loss.Data.Rows.Select(r => (double)r[0]!), training["x"]!.AsArray().Select(v => v!.GetValue<double>()));

        var routing = run.Views.Routing();
        var z = JsonNode.Parse(PlotlyOutput.Json(routing.Plotly()))!["data"]![0]!["z"]!.AsArray();
        foreach (var row in routing.Data.Rows)
            Assert.Equal(Math.Clamp(Math.Log2((double)row[3]!), -2, 2), z[(int)row[0]!]![(int)row[1]!]!.GetValue<double>(), 4.0 / 253);

        var html = PlotlyOutput.Html(loss.Plotly(), library: false);
        Assert.Single(PortablePictures.In(html));
        Assert.InRange(html.Length, 1000, 60_000);
        Assert.True(PlotlyOutput.Html(loss.Plotly(), library: true).Length > 3_000_000);
        Assert.Equal("table", (string)JsonNode.Parse(PlotlyOutput.Json(new RunTable([run]).Plotly()))!["data"]![0]!["type"]!);
    }

    [Fact]
    public void Runs_and_sweeps_are_tables_with_pictures()
    {
        var runs = new[] { SyntheticRun.Create("one", steps: 20), SyntheticRun.Create("two", steps: 30) };
        var table = new RunTable(runs);
        Assert.Equal(["one", "two"], table.Data.Rows.Select(r => (string)r[0]!));
        Assert.Equal(30, table.Data.Rows[1][2]);
        Assert.Equal(runs[0].Metrics["loss"].MeanOfLastTenth, table.Data.Rows[0][3]);
        Assert.Equal(2, Regex.Count(NotebookOutput.NotebookHtml(table), "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"spark\""));
        var lab = new MoELab.Lab(Path.GetDirectoryName(runs[0].FullPath));
        var sweep = new SweepResult("balancer.kappa", ["1", "3"], [lab.Attach(runs[0].FullPath), lab.Attach(runs[1].FullPath)]).Parallel();
        Assert.Equal(new object?[] { 1.0, 3.0 }, sweep.Data.Rows.Select(r => r[0]));
        Assert.Equal(2, Regex.Count(sweep.ToSvg(), "<path"));
        XDocument.Parse(sweep.ToSvg());
        // Labels lie on paper over the lines.
        var svg = sweep.ToSvg();
        Assert.True(svg.IndexOf("class=\"paper\"", StringComparison.Ordinal) > svg.LastIndexOf("<path", StringComparison.Ordinal));
        Assert.Equal(Regex.Count(svg, "text-anchor=\"end\""), Regex.Count(svg, "class=\"paper\""));
    }

    [Fact]
    public void A_run_of_a_thousand_steps_saves_all_views_in_under_8_MB()
    {
        var run = SyntheticRun.Create("size", steps: 1000, layers: 7, experts: 32);
        var html = new View[] { run.Views.Loss(), run.Views.Loss(LossAxis.Tokens), run.Views.Domains(), run.Views.Routing(), run.Views.MaxVio(), run.Views.Loads(), run.Views.Bias(), run.Views.Bias(steps: true), run.Views.Experts(), new RunTable([run]) }
            .Sum(v => NotebookOutput.NotebookHtml(v).Length) + Report.ToHtml(run).Length + PlotlyOutput.Html(run.Views.Loss().Plotly(), library: true).Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"{html} bytes");
        Assert.InRange(html, 100_000, 8_000_000);
    }
}
