using MoELab.Views.Reports;

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
            var (a, b) = (comparison.Names[0], comparison.Names[1]);
            page.Heat(difference, $"{b} less {a}, in even loads: orange experts get more tokens in {b}, blue ones fewer. "
                + $"Steps of {a}, each held against the step of {b} with the same tokens.");
            return;
        }
        page.Add($"<div class=\"card wide\">{comparison.HeatmapNote}</div>");
        for (var i = 0; i < comparison.Runs.Count; i++)
            page.Heat(new RoutingView(comparison.Runs[i]), $"{comparison.Names[i]}: training tokens per expert against an even load.");
    }

    private static LineView Named(Comparison comparison, string metric, string title, string unit) =>
        new ComparisonCurves(comparison, "tokens", metric, title, unit);
}
