using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Runs.Reading;
using MoELab.Views.Figures;
using MoELab.Views.Html;

namespace MoELab.Live;

/// <summary>Parts of live cards as HTML.</summary>
internal static class LiveHtml
{
    private static readonly string Css = HtmlFigure.Resource("live.css", typeof(LiveHtml).Assembly);
    private static readonly string Script = HtmlFigure.Resource("live.js", typeof(LiveHtml).Assembly);
    private static readonly JsonSerializerOptions Short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// A card with its style and script for a cell's output. Deltas refer to it by its id. The era changes when what was shown before
    /// is no longer valid, the sequence is the number of the last delta in the card, and buttons act on the run's folder, if there is one.
    /// </summary>
    public static string Card(string id, int era, Markup markup, int sequence = 0, string? run = null)
    {
        var acts = run is null ? null : Markup.Of($" data-run=\"{run}\" data-kernel=\"{FrontEnd.KernelId}\"");
        var script = new Markup(HtmlFigure.Script + Script);
        return Markup.Of($"<div class=\"moelab\"><style>{new Markup(HtmlFigure.Css + Css)}</style>"
            + $"<div class=\"live-card\" data-live=\"{id}\" data-era=\"{era}\" data-sequence=\"{sequence}\"{acts}>{markup}</div>"
            + $"<script>{script}</script></div>").Html;
    }

    /// <summary>A script that passes a delta to the figure; it does nothing if the figure's own script does not run.</summary>
    public static string Push(string id, JsonObject delta) =>
        $"<script>window.moelab?.push?.(\"{id}\",{delta.ToJsonString(Short).Replace("<", "\\u003C", StringComparison.Ordinal)})</script>";

    /// <summary>Figures of the header: <c>loss 3.21</c>, hidden while empty, with dots between them for viewers without the style.</summary>
    public static Markup Facts(IEnumerable<(string Word, string Name, string Text)> facts)
    {
        var first = true;
        return Markup.Join(facts.Select(f =>
        {
            var apart = new Markup(f.Text.Length == 0 || first ? " " : "<span class=\"apart\"> \u00b7 </span>");
            first &= f.Text.Length == 0;
            var hidden = f.Text.Length == 0 ? " hidden" : "";
            return apart + Markup.Of($"<span{hidden}>{f.Word} <b data-text=\"{f.Name}\" data-fact>{f.Text}</b></span>");
        }));
    }

    public static Markup Chip(string name, (string Text, string Class) chip) =>
        Markup.Of($"<span class=\"chip {chip.Class}\" data-chip=\"{name}\">{chip.Text}</span>");

    /// <summary>How a state is written, and its colour.</summary>
    public static (string Text, string Class) Chip(RunStatus status, bool paused) => status switch
    {
        RunStatus.Running when paused => ("paused", ""),
        RunStatus.Empty => ("starting", ""),
        RunStatus.Finished => ("finished", "good"),
        RunStatus.Running => ("training", ""),
        RunStatus.Interrupted => ("ended unexpectedly", "bad"),
        _ => (status.ToString().ToLowerInvariant(), "bad"),
    };

    /// <summary>Steps so far: 12 of 1,000; without the end where it is unknown.</summary>
    public static string Progress(FollowedRun run) =>
        string.Create(CultureInfo.InvariantCulture, $"{run.Step:N0}{(run.Steps > 0 ? $" of {run.Steps:N0}" : "")}");

    /// <summary>A duration: 2m 05s, 1h 20m.</summary>
    public static string Duration(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 1e7)) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h {time.Minutes:00}m")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds:00}s");

    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
