using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Runs.Reading;
using MoELab.Views;
using MoELab.Views.Comparisons;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Views;

public sealed class FormatterTests
{
    [Fact]
    public void A_view_renders_in_three_forms_through_the_convention()
    {
        var run = SyntheticRun.Create("forms");
        foreach (View view in new View[] { run.Views.Loss(), run.Views.Routing() })
        {
            Assert.Equal(["text/html", "image/svg+xml", "text/plain"], Formatter.GetPreferredMimeTypesFor(view.GetType()));
            Assert.StartsWith("<div class=\"moelab\">", view.ToDisplayString("text/html"));
            Assert.Equal(view.ToSvg(), view.ToDisplayString("image/svg+xml"));
            Assert.StartsWith(view.Title + "\n", view.ToDisplayString("text/plain"));
        }
        Assert.Contains("expert", run.Views.Routing().Data.ToDisplayString("text/plain"));
        Assert.Contains("<td", run.Views.Routing().Data.ToDisplayString("text/html"));
        var comparison = new Comparison(run, SyntheticRun.Create("other"));
        Assert.Contains("other", comparison.ToDisplayString("text/html"));
        Assert.StartsWith(comparison.Statement(), comparison.ToDisplayString("text/plain"));
    }

    [Fact]
    public void A_fragment_stands_alone_and_holds_its_static_twin()
    {
        var run = SyntheticRun.Create("alone", steps: 300, layers: 2, experts: 8);
        foreach (var view in new View[] { run.Views.MaxVio(), run.Views.Routing(40), new Comparison(run, SyntheticRun.Create("b", steps: 300, layers: 2, experts: 8)).Heatmap()! })
        {
            var html = NotebookOutput.NotebookHtml(view);
            Assert.DoesNotMatch("(?:src|href)\\s*=|@import|url\\(", PortablePictures.Without(html));
            Assert.Contains("[data-jp-theme-light=false]", html);
            Assert.Contains("prefers-color-scheme:dark", html);
            var twin = PortablePictures.In(html)[0];
            Assert.Equal(view.ToSvg(), twin);
            XDocument.Parse(twin);
            Assert.DoesNotContain("<svg", html, StringComparison.Ordinal);
            Assert.Equal(1, Regex.Count(html, "<script>"));
        }
    }

    [Fact]
    public void A_slider_has_at_most_200_frames_and_begins_at_the_step_asked_for()
    {
        var run = SyntheticRun.Create("frames", steps: 450, layers: 2, experts: 8);
        var view = run.Views.Routing(333);
        Assert.Equal(RoutingFrames.Most, view.Frames.Steps.Count);
        Assert.Equal([1, 450], new[] { view.Frames.Steps[0], view.Frames.Steps[^1] });
        var html = NotebookOutput.NotebookHtml(view);
        var at = int.Parse(Regex.Match(html, "max=\"199\" value=\"(\\d+)\"").Groups[1].Value);
        Assert.Equal(333, view.Frames.Steps[at]);
    }

    [Fact]
    public void A_view_without_data_still_renders()
    {
        var folder = TestFolders.New("empty");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "");
        var run = RunReader.Open(folder);
        Assert.Contains("no routing recorded yet", PortablePictures.In(NotebookOutput.NotebookHtml(run.Views.Routing())).Single());
        Assert.Contains("not logged yet", PortablePictures.In(NotebookOutput.NotebookHtml(run.Views.Loss())).Single());
        Assert.StartsWith("Loss", NotebookOutput.Plain(run.Views.Loss()));
    }
}
