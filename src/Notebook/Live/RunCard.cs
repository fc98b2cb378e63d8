using MoELab.Cells;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Views.Figures;
using MoELab.Views.Html;
using MoELab.Views.Scenes;

namespace MoELab.Live;

/// <summary>The card of one run: its state, loss, routing heatmap, MaxVio and events.</summary>
internal sealed class RunCard : ILiveFigure
{
    private const int MostPoints = 24;

    // Bytes of frames a second: those of a wide model are large.
    private const double CellsPerSecond = 4000;
    private static readonly EventKind[] Shown =
    [
        EventKind.Swap, EventKind.Set, EventKind.Alert, EventKind.Refused, EventKind.Restart,
        EventKind.Pause, EventKind.Continue, EventKind.Skip, EventKind.Error, EventKind.Stop,
    ];

    private readonly FollowedRun _run;
    private readonly LiveFrames _frames = new();
    private readonly GrowingChart[] _charts;
    private readonly Func<Task?> _ending;
    private readonly Dictionary<string, string> _texts = [];
    private int _events, _restarts, _frame, _sequence;
    private bool _gone, _heat;
    private DateTime _frameSent;

    /// <summary>The card of a run, which is read only through its folder.</summary>
    public RunCard(Run run)
    {
        _run = new FollowedRun(run.FullPath);
        _ending = () => run.Ending;
        _charts =
        [
            Chart("loss", "Loss", "nats per token", false,
                new("training", "loss", SeriesStyle.Smoothed, "c0"), new("held out", "eval/loss", SeriesStyle.Dots, "c1")),
            Chart("vio", "MaxVio", "0 is an even load", true,
                new("mean over layers", "max_vio/mean", SeriesStyle.Smoothed, "c0"), new("worst layer", "max_vio/max", SeriesStyle.Dashed, "c1")),
            Chart("grad", "Gradient norm", "before clipping", true, new CardCurve("", "grad_norm", SeriesStyle.Smoothed, "c0")),
            Chart("rate", "Learning rate", "as a share of the peak rates", true, new CardCurve("", "learning_rate_factor", SeriesStyle.Line, "c0")),
            Chart("bits", "Held-out text", "bits per byte", false, new CardCurve("", "eval/bits_per_byte", SeriesStyle.Dots, "c1")),
            Chart("speed", "Speed", "tokens per second", true, new CardCurve("", "tokens_per_second", SeriesStyle.Smoothed, "c0")),
        ];
        Read();
    }

    public bool Ended => _gone || !_run.IsOpen;
    public IReadOnlyList<string> Training => Ended ? [] : [_run.Name];

    // One line: name, state, step, loss.
    private string Line => $"{_run.Name}: {(_gone ? "folder deleted" : LiveHtml.Chip(_run.Status, _run.Paused).Text)}, step {Step()}"
        + string.Concat(Facts().Where(f => f.Name is not ("step" or "happened" or "damaged") && f.Text.Length > 0)
            .Select(f => ", " + $"{f.Word} {f.Text}".Trim()));

    public bool Read()
    {
        if (_gone)
            return false;
        try
        {
            var changed = _run.Read(_ending() is { IsCompleted: true });
            _frames.Take(_run.Routing);
            return changed;
        }
        catch (DirectoryNotFoundException)
        {
            return _gone = true;
        }
        catch (IOException)
        {
            // The folder may have been deleted during the reading; otherwise the next one finds what this one missed.
            return _gone = !Directory.Exists(_run.FullPath);
        }
    }

    public CellData Whole(string id)
    {
        var chip = _gone ? ("deleted", "bad") : LiveHtml.Chip(_run.Status, _run.Paused);
        var (frames, means) = _frames.Picture();
        var title = $"Routing at step {(frames.Steps.Count > 0 ? frames.Steps[^1] : 0):N0}";
        var picture = new HeatPicture(frames, title, "tokens against an even load") { Means = means };
        var events = Marker.Of(_run.Events);
        var (loss, further) = (_charts[0].Whole(events), Markup.Join(_charts.Skip(1).Select((c, i) => c.Whole(events, hidden: i > 0))));
        var heat = frames.Cells.Count > 0 ? HtmlFigure.Heat(picture, FigurePage.Output, width: 560) : null;
        var reason = Reason();
        var said = reason.Length > 0 ? Markup.Of($"<div class=\"said\">{reason}</div>") : null;
        var facts = LiveHtml.Facts(Facts().Where(f => f.Name is not ("happened" or "damaged")));
        var html = Markup.Of($"<div class=\"head\"><b>{_run.Name}</b> {LiveHtml.Chip("state", chip)} "
            + $"<span class=\"mute\">{(_run.Balancer.Length > 0 ? "balancer " : "")}<span data-text=\"balancer\">{_run.Balancer}</span></span></div>"
            + $"<div class=\"progress\"><i data-done style=\"width:{Done()}%\"></i></div><div class=\"facts\">{facts}</div>{said}"
            + $"<div class=\"said\" data-text=\"damaged\">{Damaged()}</div>"
            + $"<div class=\"pair\">{loss}<div>{heat}<div data-choices>{further}</div></div></div>"
            + $"<div class=\"happened\" data-text=\"happened\">{Happened()}</div>"
            + $"<div class=\"foot\"><span class=\"mute\">folder <code>{_run.FullPath}</code></span><span data-acts></span></div>");
        Sent();
        var card = LiveHtml.Card(id, _run.Restarts, html, _sequence, _run.FullPath);
        return CellData.Html(card, reason.Length > 0 ? reason : $"{Line}\n{_run.FullPath}");
    }

    public JsonObject? Delta()
    {
        if (_restarts != _run.Restarts || (!_heat && _frames.Last is not null) || !_charts.All(c => c.Grows))
            return null;
        var charts = new JsonObject();
        var events = Marker.Of(_run.Events.Skip(_events));
        foreach (var chart in _charts)
            if (chart.Delta(events) is { } change)
                charts[chart.Name] = change;
        _events = _run.Events.Count;
        var delta = new JsonObject { ["sequence"] = ++_sequence };
        if (charts.Count > 0)
            delta["charts"] = charts;
        if (events.Count > 0)
            delta["events"] = GrowingChart.Signs(events);
        var text = new JsonObject();
        foreach (var (_, name, value) in Facts().Append(("", "balancer", _run.Balancer)).Where(f => _texts.GetValueOrDefault(f.Item2) != f.Item3))
            text[name] = _texts[name] = value;
        if (text.Count > 0)
            delta["text"] = text;
        var chip = LiveHtml.Chip(_run.Status, _run.Paused);
        if (_texts.GetValueOrDefault("state") != chip.Text)
            delta["chips"] = new JsonObject { ["state"] = new JsonArray(_texts["state"] = chip.Text, chip.Class) };
        delta["done"] = Done();
        if (Frame() is { } frame)
            delta["heat"] = new JsonArray(frame.Step, Convert.ToBase64String(frame.Cells), new JsonArray([.. frame.Means.Select(m => (JsonNode)m)]));
        return delta;
    }

    private RoutingFrame? Frame()
    {
        if (_frames.Last is not { } frame || frame.Step == _frame
            || (DateTime.UtcNow - _frameSent).TotalSeconds < frame.Cells.Length / CellsPerSecond)
            return null;
        (_frame, _frameSent) = (frame.Step, DateTime.UtcNow);
        return frame;
    }

    private void Sent()
    {
        (_restarts, _events, _heat) = (_run.Restarts, _run.Events.Count, _frames.Last is not null);
        (_frame, _frameSent) = (_frames.Last?.Step ?? 0, DateTime.UtcNow);
        foreach (var (_, name, text) in Facts())
            _texts[name] = text;
        (_texts["balancer"], _texts["state"]) = (_run.Balancer, LiveHtml.Chip(_run.Status, _run.Paused).Text);
    }

    private IEnumerable<(string Word, string Name, string Text)> Facts() =>
    [
        ("", "doing", Doing()),
        ("step", "step", _run.Step > 0 ? Step() : ""),
        ("loss, last tenth", "loss", LiveHtml.Number(_run.Figure("loss", Ended), "0.000")),
        ("held-out bits/byte", "bits", LiveHtml.Number(RunFigures.Of(_run.Metrics, "eval/bits_per_byte"), "0.000")),
        ("MaxVio, last tenth", "vio", LiveHtml.Number(_run.Figure("max_vio/mean", Ended), "0.00")),
        ("tokens/s, median", "speed", LiveHtml.Number(_run.Figure("tokens_per_second", Ended), "#,0")),
        ("left", "left", _run.SecondsLeft is { } left && !_run.Paused && !_gone ? LiveHtml.Duration(left) : ""),
        ("", "happened", Happened()),
        ("", "damaged", Damaged()),
    ];

    // Before the first step has ended.
    private string Doing() => _run.Step > 0 || Ended ? ""
        : _run.Status == RunStatus.Empty ? "preparing data" : "data are prepared; the first step is running";

    private string Step() => LiveHtml.Progress(_run);

    private double Done() => _run.Steps > 0 ? Math.Round(100.0 * _run.Step / _run.Steps, 1) : 0;

    private string Happened() => string.Join('\n', _run.Events.Where(e => Shown.Contains(e.Kind)).TakeLast(3).Select(e => Marker.TextOf(e)));

    private string Damaged() => string.Join('\n', _run.Damaged.Take(3).Select(d => $"damaged: {d}"));

    // Why the run ended unexpectedly, or that its folder was deleted.
    private string Reason()
    {
        if (_gone)
            return $"run '{_run.Name}': its folder was deleted while this display followed it; "
                + "what is shown was read before, and the display has ended";
        if (_run.Status is not (RunStatus.Failed or RunStatus.Interrupted))
            return "";
        try
        {
            return _ending()?.Exception?.InnerException is RunException failure ? failure.Message
                : RunProcess.DescribeFailure(RunReader.Open(_run.FullPath), null);
        }
        catch (Exception e) when (e is MoELabException or IOException)
        {
            return e.Message;
        }
    }

    private GrowingChart Chart(string name, string title, string unit, bool fromZero, params CardCurve[] curves) =>
        new(name, title, unit, () => new LineChart
        {
            Width = 560,
            Height = name == "loss" ? 372 : 190,
            FromZero = fromZero,
            Series = [.. curves.Select(c => c.Draw(_run.Metrics))],
        }, MostPoints);
}
