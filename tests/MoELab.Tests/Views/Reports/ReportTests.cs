using System.Text.RegularExpressions;
using System.Xml.Linq;
using MoELab.Runs.Reading;
using MoELab.Views.Reports;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Views.Reports;

public sealed class ReportTests
{
    [Fact]
    public void The_page_is_self_contained_and_complete()
    {
        var run = SyntheticRun.Create("alpha", steps: 120);
        if (Environment.GetEnvironmentVariable("MOELAB_KEEP_REPORT") is { } keep)
            Report.Write(SyntheticRun.Create("lab-small-1", steps: 1200, layers: 7, experts: 32, collapse: keep.Contains("collapse", StringComparison.Ordinal)), keep);

        var html = File.ReadAllText(Report.Write(run));

        Assert.Equal(run.PathOf("report.html"), Path.Combine(run.FullPath, "report.html"));
        var addresses = Regex.Matches(html.Replace("href=\"#", "", StringComparison.Ordinal), "(?:src|href)\\s*=|@import|url\\(|https?://[^\"'<\\s]+").Select(m => m.Value).Distinct();
        Assert.Equal(["http://www.w3.org/2000/svg"], addresses);
        foreach (var text in new[] { "What happened", "Held-out bits per byte", "MaxVio over the layers", "Expert bias per layer", "balancer: none -&gt; smebu", "a &lt;test&gt; &amp; more", "The router &lt;moves&gt;", "recipe.yaml", "targeting pack", "training.steps" })
            Assert.Contains(text, html);
        // The list of contents names every heading, and leads to it.
        var headings = Regex.Matches(html, "<h2 id=\"([^\"]+)\">([^<]+)</h2>").Select(m => $"<a href=\"#{m.Groups[1].Value}\">{m.Groups[2].Value}</a>").ToArray();
        Assert.InRange(headings.Length, 5, 20);
        Assert.Contains(string.Concat(headings), html);
        foreach (Match svg in Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline))
            XDocument.Parse(svg.Value);
    }

    [Fact]
    public void The_headline_names_the_balancer_after_a_swap_too()
    {
        var run = SyntheticRun.Create("swapped", steps: 60, balancer: "none");
        var events = File.ReadAllText(run.PathOf("events.jsonl")).Replace("\"data\":{\"at\":20}", "\"data\":{\"path\":\"balancer\",\"value\":{\"name\":\"smebu\"}}", StringComparison.Ordinal);
        File.WriteAllText(run.PathOf("events.jsonl"), events);
        Assert.Contains("balancer none, smebu after step 20,", Report.ToHtml(RunReader.Open(run.FullPath)));
    }

    [Fact]
    public void The_slider_frames_decode_to_the_quantised_counts()
    {
        var run = SyntheticRun.Create("alpha", steps: 430, layers: 2, experts: 8);
        var html = Report.ToHtml(run);
        var data = System.Text.Json.Nodes.JsonNode.Parse(Regex.Match(html, "<script type=\"application/json\">(\\{\"layers\".*?)</script>").Groups[1].Value)!;
        var cells = Convert.FromBase64String(data["cells"]!.GetValue<string>());
        var steps = data["steps"]!.AsArray().Select(s => s!.GetValue<int>()).ToArray();
        var (low, high) = (data["low"]!.GetValue<double>(), data["high"]!.GetValue<double>());

        Assert.Equal(RoutingFrames.Most, steps.Length);
        Assert.Equal((1, 430), (steps[0], steps[^1]));
        Assert.Equal(steps.Length * 16, cells.Length);
        for (var frame = 0; frame < steps.Length; frame += 17)
        {
            var relative = RoutingFrames.Relative(run.Counts(steps[frame])).Cast<double>().ToArray();
            for (var i = 0; i < relative.Length; i++)
                Assert.InRange(low + ((cells[(frame * 16) + i] - 1) / 253.0 * (high - low)) - Math.Clamp(Math.Log2(relative[i]), low, high), -0.5 * (high - low) / 253 - 1e-9, (0.5 * (high - low) / 253) + 1e-9);
        }
    }

    [Fact]
    public void A_run_that_has_only_begun_gets_a_page_too()
    {
        var folder = TestFolders.New("run");
        File.WriteAllText(Path.Combine(folder, "events.jsonl"), "{\"step\":0,\"kind\":\"start\",\"message\":\"begins\"}\n{\"st");
        var html = Report.ToHtml(Runs(folder));
        Assert.Contains("0 steps and has not ended", html);

        static RunReader Runs(string path) => RunReader.Open(path);
    }
}
