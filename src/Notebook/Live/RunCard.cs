using System.Globalization;
using System.Text.Json.Nodes;
using MoELab.Cells;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Views;

namespace MoELab.Live;

/// <summary>The card of one run: its state, loss, routing heatmap, MaxVio and events.</summary>
internal sealed class RunCard : ILiveFigure
{
    private const int MostPoints = 24;

    // Frames of a wide model are large: so many bytes of them a second.
    private const double CellsPerSecond = 4000;
    private static readonly string[] Told = ["swap", "set", "alert", "refused", "restart", "pause", "continue", "skip", "error", "stop"];

    private readonly RunTail _tail;
    private readonly GrowingChart[] _charts;
    private readonly Func<Task?> _ending;
    private readonly Dictionary<string, string> _texts = [];
    private int _events, _restarts, _frame, _sequence;
    private bool _gone, _heat;
    private DateTime _frameSent;

    /// <param name="run">The run, read by its folder alone.</param>
    public RunCard(Run run)
    {
        _tail = new RunTail(run.FullPath);
        _ending = () => run.Ending;
        _charts =
        [
            Chart("loss", "Loss", "nats per token", false,
                ("training", _tail.Loss, SeriesStyle.Smoothed, "c0"), ("held out", _tail.HeldOut, SeriesStyle.Dots, "c1")),
            Chart("vio", "MaxVio", "0 is an even load", true,
                ("mean over layers", _tail.MaxVio, SeriesStyle.Smoothed, "c0"), ("worst layer", _tail.WorstMaxVio, SeriesStyle.Dashed, "c1")),
            Chart("grad", "Gradient norm", "before clipping", true, ("", _tail.GradientNorm, SeriesStyle.Smoothed, "c0")),
            Chart("rate", "Learning rate", "as a share of the peak rates", true, ("", _tail.LearningRate, SeriesStyle.Line, "c0")),
            Chart("bits", "Held-out text", "bits per byte", false, ("", _tail.Bits, SeriesStyle.Dots, "c1")),
            Chart("speed", "Speed", "tokens per second", true, ("", _tail.Speed, SeriesStyle.Smoothed, "c0")),
        ];
        Read();
    }

    /// <inheritdoc/>
    public bool Ended => _gone || _tail.Status is not (RunStatus.Running or RunStatus.Empty);

    /// <inheritdoc/>
    public IReadOnlyList<string> Training => Ended ? [] : [_tail.Name];

    /// <summary>One line: name, state, step, loss.</summary>
    public string Line => $"{_tail.Name}: {(_gone ? "folder deleted" : LiveHtml.Chip(_tail.Status, _tail.Paused).Text)}, step {Step()}"
        + string.Concat(Facts().Where(f => f.Name is not "step" and not "happened" and not "damaged" && f.Text.Length > 0).Select(f => ", " + $"{f.Word} {f.Text}".Trim()));

    /// <inheritdoc/>
    public bool Read()
    {
        if (_gone)
            return false;
        try
        {
            return _tail.Read(_ending() is { IsCompleted: true });
        }
        catch (DirectoryNotFoundException)
        {
            return _gone = true;
        }
        catch (IOException)
        {
            // Between two of its files the folder may have gone; else the next reading finds what this one missed.
            return _gone = !Directory.Exists(_tail.FullPath);
        }
    }

    /// <inheritdoc/>
    public CellData Whole(string id)
    {
        var chip = _gone ? ("deleted", "bad") : LiveHtml.Chip(_tail.Status, _tail.Paused);
        var (frames, means) = _tail.Routing.Picture();
        var picture = new HeatPicture(frames, $"Routing at step {(frames.Steps.Count > 0 ? frames.Steps[^1] : 0):N0}", "tokens against an even load") { Means = means };
        var events = Marker.Of(_tail.Events);
        var (loss, further) = (_charts[0].Whole(events), Markup.Join(_charts.Skip(1).Select((c, i) => c.Whole(events, hidden: i > 0))));
        var heat = frames.Cells.Count > 0 ? HtmlFigure.Heat(picture, FigurePage.Output, width: 560) : null;
        var said = Said() is { Length: > 0 } sentence ? Markup.Of($"<div class=\"said\">{sentence}</div>") : null;
        var facts = LiveHtml.Facts(Facts().Where(f => f.Name is not ("happened" or "damaged")));
        var html = Markup.Of($"<div class=\"head\"><b>{_tail.Name}</b> {LiveHtml.Chip("state", chip)} "
            + $"<span class=\"mute\">{(_tail.Balancer.Length > 0 ? "balancer " : "")}<span data-text=\"balancer\">{_tail.Balancer}</span></span></div>"
            + $"<div class=\"progress\"><i data-done style=\"width:{Done()}%\"></i></div><div class=\"facts\">{facts}</div>{said}"
            + $"<div class=\"said\" data-text=\"damaged\">{Damaged()}</div>"
            + $"<div class=\"pair\">{loss}<div>{heat}<div data-choices>{further}</div></div></div>"
            + $"<div class=\"happened\" data-text=\"happened\">{Happened()}</div>"
            + $"<div class=\"foot\"><span class=\"mute\">folder <code>{_tail.FullPath}</code></span><span data-acts></span></div>");
        Sent();
        var card = LiveHtml.Card(id, _tail.Restarts, html, _sequence, _tail.FullPath);
        return CellData.Html(card, Said() is { Length: > 0 } told ? told : Line + $"\n{_tail.FullPath}");
    }

    /// <inheritdoc/>
    public JsonObject? Delta()
    {
        if (_restarts != _tail.Restarts || (!_heat && _tail.Routing.Last is not null) || !_charts.All(c => c.Grows))
            return null;
        var charts = new JsonObject();
        var events = Marker.Of(_tail.Events.Skip(_events));
        foreach (var chart in _charts)
            if (chart.Delta(events) is { } change)
                charts[chart.Name] = change;
        _events = _tail.Events.Count;
        var delta = new JsonObject { ["sequence"] = ++_sequence };
        if (charts.Count > 0)
            delta["charts"] = charts;
        if (events.Count > 0)
            delta["events"] = GrowingChart.Signs(events);
        var text = new JsonObject();
        foreach (var (_, name, value) in Facts().Append(("", "balancer", _tail.Balancer)).Where(f => _texts.GetValueOrDefault(f.Item2) != f.Item3))
            text[name] = _texts[name] = value;
        if (text.Count > 0)
            delta["text"] = text;
        var chip = LiveHtml.Chip(_tail.Status, _tail.Paused);
        if (_texts.GetValueOrDefault("state") != chip.Text)
            delta["chips"] = new JsonObject { ["state"] = new JsonArray(_texts["state"] = chip.Text, chip.Class) };
        delta["done"] = Done();
        if (Frame() is { } frame)
            delta["heat"] = new JsonArray(frame.Step, Convert.ToBase64String(frame.Cells), new JsonArray([.. frame.Means.Select(m => (JsonNode)m)]));
        return delta;
    }

    private RoutingFrame? Frame()
    {
        if (_tail.Routing.Last is not { } frame || frame.Step == _frame || (DateTime.UtcNow - _frameSent).TotalSeconds < frame.Cells.Length / CellsPerSecond)
            return null;
        (_frame, _frameSent) = (frame.Step, DateTime.UtcNow);
        return frame;
    }

    private void Sent()
    {
        (_restarts, _events, _heat) = (_tail.Restarts, _tail.Events.Count, _tail.Routing.Last is not null);
        (_frame, _frameSent) = (_tail.Routing.Last?.Step ?? 0, DateTime.UtcNow);
        foreach (var (_, name, text) in Facts())
            _texts[name] = text;
        (_texts["balancer"], _texts["state"]) = (_tail.Balancer, LiveHtml.Chip(_tail.Status, _tail.Paused).Text);
    }

    private IEnumerable<(string Word, string Name, string Text)> Facts() =>
    [
        ("", "doing", Doing()),
        ("step", "step", _tail.Step > 0 ? Step() : ""),
        ("loss, last tenth", "loss", LiveHtml.Number(_tail.Loss.Figure(RunFigures.MeanOfLastTenth, Ended), "0.000")),
        ("held-out bits/byte", "bits", LiveHtml.Number(_tail.Bits.Last, "0.000")),
        ("MaxVio, last tenth", "vio", LiveHtml.Number(_tail.MaxVio.Figure(RunFigures.MeanOfLastTenth, Ended), "0.00")),
        ("tokens/s, median", "speed", LiveHtml.Number(_tail.Speed.Figure(RunFigures.Median, Ended), "#,0")),
        ("left", "left", _tail.SecondsLeft is { } left && !_tail.Paused && !_gone ? LiveHtml.Duration(left) : ""),
        ("", "happened", Happened()),
        ("", "damaged", Damaged()),
    ];

    // Before there is a step to speak of.
    private string Doing() => _tail.Step > 0 || Ended ? "" : _tail.Status == RunStatus.Empty ? "preparing data" : "data are prepared; the first step is under way";

    private string Step() => _tail.Steps > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_tail.Step:N0} of {_tail.Steps:N0}") : string.Create(CultureInfo.InvariantCulture, $"{_tail.Step:N0}");

    private double Done() => _tail.Steps > 0 ? Math.Round(100.0 * _tail.Step / _tail.Steps, 1) : 0;

    private string Happened() => string.Join('\n', _tail.Events.Where(e => Told.Contains(e.Kind)).TakeLast(3).Select(e => Marker.TextOf(e)));

    private string Damaged() => string.Join('\n', _tail.Damaged.Take(3).Select(d => $"damaged: {d}"));

    // The sentence of a run that broke off, or whose folder is gone.
    private string Said()
    {
        if (_gone)
            return $"run '{_tail.Name}': its folder was deleted while this display followed it; what is shown was read before, and the display has ended";
        if (_tail.Status is not (RunStatus.Failed or RunStatus.Interrupted))
            return "";
        try
        {
            return _ending()?.Exception?.InnerException is RunException told ? told.Message : RunProcess.Obituary(RunReader.Open(_tail.FullPath), null);
        }
        catch (Exception e) when (e is RecipeException or IOException)
        {
            return e.Message;
        }
    }

    private static GrowingChart Chart(string name, string title, string unit, bool fromZero,
        params (string Name, Curve Curve, SeriesStyle Style, string Color)[] curves) =>
        new(name, title, unit, () => new LineChart
        {
            Width = 560,
            Height = name == "loss" ? 372 : 190,
            FromZero = fromZero,
            Series = [.. curves.Select(c => new Series(c.Name, c.Curve.Steps, c.Curve.Values, c.Style, c.Color))],
        }, MostPoints);
}
