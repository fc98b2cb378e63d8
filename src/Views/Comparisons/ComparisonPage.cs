using MoELab.Views.Reports;
using MoELab.Views.Scenes;

namespace MoELab.Views.Comparisons;

/// <summary>The page about several runs.</summary>
internal static class ComparisonPage
{
    public static string ToHtml(Comparison comparison)
    {
        var page = new HtmlPage(string.Join(" / ", comparison.Names) + " - MoELab")
            .Add($"<header><h1>{string.Join(" / ", comparison.Names)}</h1></header>")
            .Add($"<p class=\"sub\">{comparison.Statement()}</p>")
            .Table(comparison.Table)
            .Contents()
            .Heading("Curves, aligned by tokens").Add($"<div class=\"grid\">")
            .Chart(Named(comparison, "loss", "Training loss", "nats per token"), wide: true)
            .Charts(
                Named(comparison, "eval/bits_per_byte", "Held-out text", "bits per byte"),
                Named(comparison, "max_vio/mean", "MaxVio, mean over layers", "(max - mean) / mean of tokens per expert"),
                Named(comparison, "experts/dead", "Idle experts", "experts without a token in a step"),
                Named(comparison, "grad_norm", "Gradient norm", "before clipping"),
                Named(comparison, "tokens_per_second", "Throughput", "tokens per second"))
            .Add($"</div>")
            .Heading("Routing").Add($"<div class=\"grid\">");
        Routing(page, comparison);
        page.Add($"</div>").Heading("What differs in the recipes");
        if (comparison.Diff.Rows.Count == 0)
            page.Add($"<div class=\"card\">Nothing.</div>");
        else
            page.Table(comparison.Diff);
        return page.Add($"<footer>Written by MoELab from the run folders.</footer>").ToString();
    }

    private static void Routing(HtmlPage page, Comparison comparison)
    {
        if (comparison.Heatmap() is { } difference)
        {
            page.Heat(difference, $"{comparison.Names[1]} less {comparison.Names[0]}, in even loads: orange experts get more tokens in {comparison.Names[1]}, blue ones fewer. Steps of {comparison.Names[0]}, each held against the step of {comparison.Names[1]} with the same tokens.");
            return;
        }
        page.Add($"<div class=\"card wide\">{comparison.HeatmapNote}</div>");
        for (var i = 0; i < comparison.Runs.Count; i++)
        {
            var view = new RoutingView(comparison.Runs[i]);
            page.Heat(view, $"{comparison.Names[i]}: training tokens per expert against an even load.");
        }
    }

    private static LineView Named(Comparison comparison, string metric, string title, string unit) =>
        new TitledView(comparison.Curves("tokens", metric).Chart with { Title = title, YLabel = unit });

    private sealed class TitledView(LineChart chart) : LineView
    {
        public override LineChart Chart { get; } = chart;
    }
}
