using MoELab.Cells;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Studies.Running;
using MoELab.Views;
using MoELab.Views.Html;
using MoELab.Views.Scenes;

namespace MoELab.Live;

/// <summary>
/// The card of a race or a sweep: every run's loss on one chart, a colour per arm and a thin line per seed, and a table of states.
/// </summary>
internal sealed class RunGroupCard(RunGroup group) : ILiveFigure
{
    private const int MostPoints = 20;
    private static readonly CardCurve Loss = new("", "loss", SeriesStyle.Line, "c0");
    private readonly GroupRuns _group = new(group);
    private readonly Dictionary<string, string> _texts = [];
    private GrowingChart? _chart;
    private int _shown, _restarts, _happened, _sequence;

    public bool Ended => _group.Ended;
    public IReadOnlyList<string> Training => _group.Training;

    private IReadOnlyList<GroupRun> Runs => _group.All;

    public bool Read() => _group.Read() | (Runs.Count == 0 && _texts.GetValueOrDefault("ended") != Progress());

    public CellData Whole(string id)
    {
        Read();
        _chart = new GrowingChart("loss", "Training loss", "nats per token", Chart, MostPoints);
        Marker[] events = [.. Runs.SelectMany(r => Marker.Of(r.Followed.Events.Where(e => IsChange(e) || e.Kind == EventKind.Restart))
            .Select(m => m with { Text = $"{r.Followed.Name}, {m.Text}" }))];
        string[] columns = ["run", "arm", "state", "step", "loss, last tenth", "MaxVio, last tenth", "held-out bits/byte", "tokens/s, median"];
        var table = new ViewTable(columns,
            [.. Runs.Select((r, i) => (object?[])[
                Markup.Of($"<span class=\"dot\" style=\"background:var(--{Color(r.Arm)})\"></span>{r.Followed.Name}"), r.Arm,
                LiveHtml.Chip($"r{i}", r.Chip),
                .. Facts(i).Select(f => Markup.Of($"<span data-text=\"{f.Name}\">{f.Text}</span>") with { Right = true })])]);
        var html = Markup.Of($"<div class=\"head\"><b>{group.Title}</b>{LiveHtml.Chip("state", _group.State)}"
            + $"<span class=\"mute\" data-text=\"ended\">{Progress()}</span></div>"
            + $"<div class=\"progress\"><i data-done style=\"width:{Share()}%\"></i></div>{_chart.Whole(events)}"
            + $"<div class=\"scroll\">{table.ToHtml()}</div>");
        Sent();
        return CellData.Html(LiveHtml.Card(id, _group.Restarts, html, _sequence), $"{group.Title}: {Count()}");
    }

    public JsonObject? Delta()
    {
        if (Runs.Count != _shown || _group.Restarts != _restarts || Happened() != _happened || _chart is not { Grows: true } chart)
            return null;
        var (text, chips) = (new JsonObject(), new JsonObject());
        for (var i = 0; i < Runs.Count; i++)
        {
            foreach (var (key, value) in Facts(i).Where(f => _texts[f.Name] != f.Text))
                text[key] = _texts[key] = value;
            if (Runs[i].Chip is var chip && _texts[$"r{i}"] != chip.Text)
                chips[$"r{i}"] = new JsonArray(_texts[$"r{i}"] = chip.Text, chip.Class);
        }
        if (_texts["ended"] != Progress())
            text["ended"] = _texts["ended"] = Progress();
        var delta = new JsonObject { ["sequence"] = ++_sequence, ["text"] = text, ["chips"] = chips, ["done"] = Share() };
        if (chart.Delta([]) is { } change)
            delta["charts"] = new JsonObject { ["loss"] = change };
        return delta;
    }

    private LineChart Chart()
    {
        var named = new HashSet<string>();
        return new LineChart
        {
            Width = 900,
            Height = 300,
            Even = true,
            Series =
            [
                .. Runs.Select(r => Loss.Draw(r.Followed.Metrics) with
                {
                    Name = named.Add(r.Arm) ? r.Arm : "",
                    Color = Color(r.Arm) + " thin" + Dash(r.Arm),
                }),
            ],
        };
    }

    private void Sent()
    {
        (_shown, _restarts, _happened, _texts["ended"]) = (Runs.Count, _group.Restarts, Happened(), Progress());
        for (var i = 0; i < Runs.Count; i++)
        {
            _texts[$"r{i}"] = Runs[i].Chip.Text;
            foreach (var (key, text) in Facts(i))
                _texts[key] = text;
        }
    }

    private IEnumerable<(string Name, string Text)> Facts(int i)
    {
        var tail = Runs[i].Followed;
        yield return ($"r{i}.step", LiveHtml.Progress(tail));
        yield return ($"r{i}.loss", LiveHtml.Number(tail.Figure("loss"), "0.000"));
        yield return ($"r{i}.vio", LiveHtml.Number(tail.Figure("max_vio/mean"), "0.00"));
        yield return ($"r{i}.bits", LiveHtml.Number(RunFigures.Of(tail.Metrics, "eval/bits_per_byte"), "0.000"));
        yield return ($"r{i}.speed", LiveHtml.Number(tail.Figure("tokens_per_second"), "#,0"));
    }

    // Changes that are marked on the chart.
    private int Happened() => Runs.Sum(r => r.Followed.Events.Count(IsChange));

    private static bool IsChange(RunEvent happened) => happened.Kind is EventKind.Swap or EventKind.Set or EventKind.Alert;

    private string Progress() => Runs.Count == 0 && group.Preparing.Doing is { Length: > 0 } doing ? $"preparing data: {doing}" : Count();

    private string Count() => $"{Runs.Count(r => r.Done)} of {group.Total} runs have ended";

    private double Share() => Math.Round(100 * Runs.Sum(r => r.Share) / Math.Max(1, group.Total), 1);

    private string Color(string arm) => Palette.Category(Math.Max(0, group.Arms.ToList().IndexOf(arm)));

    // Arms of one seed often coincide at first: broken lines let those below show.
    private string Dash(string arm) => group.Arms.ToList().IndexOf(arm) is > 0 and var i ? $" dash{Math.Min(i, 3)}" : "";
}
