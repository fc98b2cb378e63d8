using System.Globalization;
using System.Text.Json.Nodes;
using MoELab.Runs;
using MoELab.Views;

namespace MoELab.Live;

/// <summary>Parts of live cards as HTML.</summary>
internal static class LiveHtml
{
    private static readonly string Css = HtmlFigure.Resource("live.css");
    private static readonly string Script = HtmlFigure.Resource("live.js");

    /// <summary>A card with style and script that stands alone in a cell's output.</summary>
    /// <param name="id">What deltas call it.</param>
    /// <param name="era">Changes where what was shown before no longer holds.</param>
    /// <param name="markup">The card.</param>
    /// <param name="run">The run's folder, on which its buttons act; null for none.</param>
    public static string Card(string id, int era, Markup markup, string? run = null)
    {
        var acts = run is null ? null : Markup.Of($" data-run=\"{run}\" data-kernel=\"{FrontEnd.KernelId}\"");
        return Markup.Of($"<div class=\"moelab\"><style>{new Markup(HtmlFigure.Css + Css)}</style><div class=\"live-card\" data-live=\"{id}\" data-era=\"{era}\"{acts}>{markup}</div><script>{new Markup(HtmlFigure.Script + Script)}</script></div>").Html;
    }

    /// <summary>A script that hands a delta to the figure; it does nothing where the figure did not come to life.</summary>
    public static string Push(string id, JsonObject delta) => $"<script>window.moelab?.push?.(\"{id}\",{delta.ToJsonString().Replace("</", "<\\/", StringComparison.Ordinal)})</script>";

    /// <summary>A line chart that takes new points.</summary>
    /// <param name="name">What deltas call it.</param>
    /// <param name="title">Above it.</param>
    /// <param name="unit">Beside the title.</param>
    /// <param name="chart">The chart; its title and unit stay empty.</param>
    /// <param name="even">Whether only smoothed lines are drawn.</param>
    /// <param name="hidden">Whether a script shows it when it is asked for; it has no static picture then.</param>
    public static Markup Chart(string name, string title, string unit, LineChart chart, bool even = false, bool hidden = false)
    {
        var picture = even ? chart with { Series = [.. chart.Series.Select(s => s with { Y = Curves.Smooth(s.Y) })] } : chart;
        return Markup.Of($"<figure data-chart=\"{name}\" aria-label=\"{title}\"{(hidden ? " hidden" : "")}><div class=\"title\">{title} <span class=\"mute\">{unit}</span></div>{(hidden ? null : FigurePage.Output.Still(picture.ToScene()))}{Markup.Json(ChartModel.Growing(chart, even))}</figure>");
    }

    /// <summary>A figure of the header: <c>loss 3.21</c>, left out while it is empty.</summary>
    public static Markup Fact(string word, string name, string text) =>
        Markup.Of($"<span{(text.Length == 0 ? " hidden" : "")}>{word} <b data-text=\"{name}\" data-fact>{text}</b></span>");

    /// <summary>Several, with dots between them that a reader sees where the style is not at hand.</summary>
    public static Markup Facts(IEnumerable<(string Word, string Name, string Text)> facts)
    {
        var first = true;
        return Markup.Join(facts.Select(f =>
        {
            var apart = new Markup(f.Text.Length == 0 || first ? " " : "<span class=\"apart\"> \u00b7 </span>");
            first &= f.Text.Length == 0;
            return apart + Fact(f.Word, f.Name, f.Text);
        }));
    }

    /// <summary>A state as a coloured word.</summary>
    public static Markup Chip(string name, (string Text, string Class) chip) => Markup.Of($"<span class=\"chip {chip.Class}\" data-chip=\"{name}\">{chip.Text}</span>");

    /// <summary>How a state is written, and its colour.</summary>
    public static (string Text, string Class) Chip(RunStatus status, bool paused) => status switch
    {
        RunStatus.Running when paused => ("paused", ""),
        RunStatus.Empty => ("starting", ""),
        RunStatus.Finished => ("finished", "good"),
        RunStatus.Running => ("training", ""),
        RunStatus.Interrupted => ("broke off", "bad"),
        _ => (status.ToString().ToLowerInvariant(), "bad"),
    };

    /// <summary>A duration: 2m 05s, 1h 20m.</summary>
    public static string Duration(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 1e7)) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h {time.Minutes:00}m")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds:00}s");

    /// <summary>A number, or nothing.</summary>
    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>Points of a curve from an index on, at most so many, for a delta: <c>[[x], [y]]</c>.</summary>
    public static JsonArray Points(MetricColumn curve, int from, int most)
    {
        var kept = Curves.Thin([.. curve.Values.Skip(from)], most);
        return new JsonArray(new JsonArray([.. kept.Select(i => (JsonNode)curve.Steps[from + i])]), new JsonArray([.. kept.Select(i => (JsonNode?)ChartModel.Round(curve.Values[from + i]))]));
    }
}
