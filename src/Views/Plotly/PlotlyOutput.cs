using MoELab.Views.Figures;
using Plotly.NET;

namespace MoELab.Views.Plotly;

/// <summary>A Plotly.NET chart in a cell's output: a static picture, which Plotly redraws where scripts run. Nothing comes from a network.</summary>
internal static class PlotlyOutput
{
    private static int _sent;

    private const string Draw = """
        (() => { const draw = again => { for (const root of document.querySelectorAll('[data-plotly]:not([data-drawn])')) {
          if (!window.Plotly) { if (again > 0) setTimeout(() => draw(again - 1), 100); return; }
          root.dataset.drawn = '';
          const figure = JSON.parse(root.querySelector('script[type="application/json"]').textContent), live = root.querySelector('.plotly-live');
          live.hidden = false; root.querySelector('.plotly-still').hidden = true;
          const dark = getComputedStyle(root).colorScheme === 'dark', ink = getComputedStyle(root).color;
          const layout = { height: 420, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { color: ink }, ...figure.layout };
          window.Plotly.newPlot(live, figure.data, layout, { responsive: true, displaylogo: false, ...(figure.config || {}) });
        } }; draw(100); })();
        """;

    /// <summary>The chart as HTML; the first call of a process carries Plotly's JavaScript.</summary>
    public static string Html(GenericChart chart) => Html(chart, Interlocked.Exchange(ref _sent, 1) == 0);

    /// <summary>The chart as HTML, with or without Plotly's JavaScript.</summary>
    public static string Html(GenericChart chart, bool library)
    {
        var json = Json(chart);
        var script = library ? "<script>(function(define,module,exports,require){" + Library() + "}).call(window);</script>" : "";
        return Markup.Of($"<div class=\"moelab\" data-ready data-plotly><style>{new Markup(HtmlFigure.Css)}</style>"
            + $"<div class=\"plotly-still\">{Still(json)}</div><div class=\"plotly-live\" hidden></div>"
            + $"<script type=\"application/json\">{new Markup(json.Replace("</", "<\\/", StringComparison.Ordinal))}</script>"
            + $"{new Markup(script)}<script>{new Markup(Draw)}</script></div>").Html;
    }

    /// <summary>The chart's data and layout.</summary>
    public static string Json(GenericChart chart) => GenericChart.toFigureJson(chart);

    /// <summary>A later chart carries Plotly's JavaScript again, as for a new notebook.</summary>
    public static void Reset() => _sent = 0;

    private static string Library()
    {
        var assembly = typeof(GenericChart).Assembly;
        var name = assembly.GetManifestResourceNames().First(n => n.Contains("plotly-", StringComparison.Ordinal)
            && n.EndsWith(".min.js", StringComparison.Ordinal));
        return HtmlFigure.Resource(name, assembly).Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
    }

    // Curves are drawn by the library's own writer; other charts are replaced by a sentence.
    private static Markup Still(string json)
    {
        var figure = JsonNode.Parse(json)!;
        var title = Text(figure["layout"]?["title"]);
        var series = new List<Series>();
        foreach (var trace in figure["data"]!.AsArray())
            if (Numbers(trace!["y"]) is { } y)
            {
                var x = Numbers(trace["x"]) is { } given && given.Length == y.Length ? given : [.. y.Select((_, i) => (double)i)];
                var name = (string?)trace["name"] ?? $"trace {series.Count + 1}";
                series.Add(new Series(name, x, y, Color: Palette.Category(series.Count)));
            }
        var (across, up) = (Text(figure["layout"]?["xaxis"]?["title"]), Text(figure["layout"]?["yaxis"]?["title"]));
        return series.Count > 0
            ? SvgWriter.Image(new LineChart { Title = title, XLabel = across, YLabel = up, Series = series }.ToScene())
            : Markup.Of($"<div class=\"title\">{title}</div>"
                + $"<div class=\"mute\">An interactive chart of {figure["data"]!.AsArray().Count} trace(s); "
                + $"open this page with JavaScript to see it.</div>");
    }

    private static string Text(JsonNode? title) => title is JsonObject t ? (string?)t["text"] ?? "" : "";

    private static double[]? Numbers(JsonNode? node) =>
        node is JsonArray { Count: > 0 } array && array.All(v => v is null || v.GetValueKind() == System.Text.Json.JsonValueKind.Number)
        ? [.. array.Select(v => v?.GetValue<double>() ?? double.NaN)]
        : null;
}
