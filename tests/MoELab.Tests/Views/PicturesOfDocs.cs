using MoELab.Runs.Reading;
using MoELab.Views;
using MoELab.Views.Plotly;
using MoELab.Views.Reports;
using MoELab.Views.Tables;

namespace MoELab.Tests.Views;

/// <summary>Writes the pictures of the page on views from a run, where <c>MOELAB_PICTURES</c> names one and the folder: <c>RUN;FOLDER</c>.</summary>
public sealed class PicturesOfDocs
{
    [Fact]
    public void Every_view_has_a_name_and_a_call()
    {
        if (Environment.GetEnvironmentVariable("MOELAB_PICTURES")?.Split(';') is [var path, var folder])
        {
            var run = RunReader.Open(path);
            const string Text = "The router sends every token to a few experts.\npublic static int Sum(int[] values) => values.Sum();";
            var views = new Dictionary<string, View>
            {
                ["loss"] = run.Views.Loss(LossAxis.Tokens),
                ["domains"] = run.Views.Domains(),
                ["routing"] = run.Views.Routing(),
                ["max-vio"] = run.Views.MaxVio(),
                ["loads"] = run.Views.Loads(),
                ["experts"] = run.Views.Experts(),
                ["bias"] = run.Views.Bias(),
                ["specialisation"] = run.Views.Specialisation(),
                ["co-activation"] = run.Views.CoActivation(),
                ["paint"] = run.Views.Paint(Text, 1),
                ["runs"] = new RunTable([run]),
            };
            foreach (var (name, view) in views)
            {
                view.SaveSvg(Path.Combine(folder, $"view-{name}.svg"));
                view.SavePng(Path.Combine(folder, $"view-{name}.png"));
                view.SavePng(Path.Combine(folder, $"view-{name}-dark.png"), dark: true);
            }
            File.WriteAllText(Path.Combine(folder, "all.html"), "<!doctype html><meta charset=utf-8>" + string.Concat(views.Values.Select(NotebookOutput.NotebookHtml)) + PlotlyOutput.Html(run.Views.Loss().Plotly(), true));
            Report.Write(run, Path.Combine(folder, "report.html"));
        }
        var calls = typeof(RunViews).GetMethods().Where(m => typeof(View).IsAssignableFrom(m.ReturnType)).Select(m => m.Name);
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "views.md"));
        Assert.All(calls, name => Assert.Contains($"Views.{name}(", page));
    }
}
