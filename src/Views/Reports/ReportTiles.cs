using MoELab.Runs.Analysis;

namespace MoELab.Views.Reports;

/// <summary>The headline figures of a report.</summary>
internal static class ReportTiles
{
    public static void Add(HtmlPage page, RunReader run)
    {
        var (metrics, figures) = (run.Metrics, RunFigures.Of(run));
        if (metrics.Find("eval/bits_per_byte") is { Count: > 0 } bits)
        {
            var floors = RunFloors.Of(run);
            var notes = new[] { figures.FinalBitsPerByte is { } final ? $"{final:0.000} on longer text at the end" : "",
                floors.Bigram is { } b ? $"bigram {b:0.00}" : "", floors.Xz is { } x ? $"xz {x:0.00}" : "" }.Where(n => n.Length > 0);
            page.Tile("Held-out bits per byte", $"{figures.BitsPerByte:0.000}", string.Join(", ", notes), bits.Values);
        }
        if (metrics.Find("loss") is { Count: > 0 } loss)
            page.Tile("Training loss", $"{figures.Loss:0.000}", $"nats per token, last tenth; {loss.Values[0]:0.00} at first", loss.Values);
        if (metrics.Find("max_vio/mean") is { Count: > 0 } vio)
            page.Tile("MaxVio", $"{figures.MaxVio:0.00}", $"mean over layers, last tenth; peak {figures.MaxVioPeak:0.00}", vio.Values);
        if ((metrics.Find("eval/experts/dead") ?? metrics.Find("experts/dead")) is { Count: > 0 } dead)
            page.Tile("Dead experts", $"{figures.DeadExperts:0}",
                metrics.Find("eval/experts/dead") is null ? "in the last step" : "over the last evaluation", metrics.Find("experts/dead")?.Values);
        if (metrics.Find("tokens_per_second") is { Count: > 0 } speed)
            page.Tile("Tokens per second", $"{figures.TokensPerSecond:N0}",
                figures.Utilisation is { } used ? $"median; {used:P0} utilisation" : "median", speed.Values);
        if (metrics.Find("tokens_total") is { Count: > 0 } tokens)
            page.Tile("Tokens seen", Ticks.Label(tokens.Last), Duration(run));
    }

    private static string Duration(RunReader run)
    {
        var times = run.Events.Where(e => e.Time is not null).Select(e => e.Time!.Value).ToList();
        return times.Count < 2 ? "" : (times[^1] - times[0]) switch
        {
            { TotalHours: >= 1 } t => $"in {(int)t.TotalHours} h {t.Minutes} min",
            { TotalMinutes: >= 1 } t => $"in {t.Minutes} min {t.Seconds} s",
            var t => $"in {t.TotalSeconds:0} s",
        };
    }
}
