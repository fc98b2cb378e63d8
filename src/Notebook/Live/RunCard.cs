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
    private const int MostPoints = 40;

    // Frames of a wide model are large: so many bytes of them a second.
    private const double CellsPerSecond = 4000;
    private static readonly string[] Told = ["swap", "set", "alert", "refused", "restart", "pause", "continue", "skip", "error", "stop"];

    private readonly RunTail _tail;
    private readonly Func<Task?> _ending;
    private readonly Dictionary<string, int> _points = [];
    private readonly Dictionary<string, string> _texts = [];
    private int _markers, _restarts, _frame;
    private bool _gone, _heat;
    private DateTime _frameSent;

    /// <param name="run">The run, read by its folder alone.</param>
    public RunCard(Run run)
    {
        _tail = new RunTail(run.FullPath);
        _ending = () => run.Ending;
        Read();
    }

    /// <inheritdoc/>
    public bool Ended => _gone || _tail.Status is not (RunStatus.Running or RunStatus.Empty);

    /// <inheritdoc/>
    public IReadOnlyList<string> Training => Ended ? [] : [_tail.Name];

    /// <summary>One line: name, state, step, loss.</summary>
    public string Line => $"{_tail.Name}: {(_gone ? "folder deleted" : LiveHtml.Chip(_tail.Status, _tail.Paused).Text)}, step {Step()}"
        + string.Concat(Facts().Where(f => f.Name is not "step" and not "happened" and not "damaged" && f.Text.Length > 0).Select(f => $", {f.Word} {f.Text}"));

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
        var loss = new LineChart { Width = 560, Height = 372, Series = Named([("training", _tail.Loss, SeriesStyle.Smoothed, "c0"), ("held out", _tail.HeldOut, SeriesStyle.Dots, "c1")]), Markers = Markers(0) };
        var vio = new LineChart { Width = 560, Height = 190, FromZero = true, Series = Named([("mean over layers", _tail.MaxVio, SeriesStyle.Smoothed, "c0"), ("worst layer", _tail.WorstMaxVio, SeriesStyle.Dashed, "c1")]) };
        var (frames, means) = _tail.Routing.Picture();
        var picture = new HeatPicture(frames, $"Routing at step {(frames.Steps.Count > 0 ? frames.Steps[^1] : 0):N0}", "tokens against an even load") { Means = means };
        var html = $"<div class=\"head\"><b>{HtmlFigure.Escape(_tail.Name)}</b> {LiveHtml.Chip("state", chip)} <span class=\"mute\">{(_tail.Balancer.Length > 0 ? "balancer " : "")}<span data-text=\"balancer\">{HtmlFigure.Escape(_tail.Balancer)}</span></span> <code class=\"mute path\">{HtmlFigure.Escape(_tail.FullPath)}</code></div>"
            + $"<div class=\"progress\"><i data-done style=\"width:{Done()}%\"></i></div><div class=\"facts\">{string.Join(" ", Facts().Where(f => f.Name is not ("happened" or "damaged")).Select(f => LiveHtml.Fact(f.Word, f.Name, f.Text)))}</div>"
            + (Said() is { Length: > 0 } said ? $"<div class=\"said\">{HtmlFigure.Escape(said)}</div>" : "")
            + $"<div class=\"said\" data-text=\"damaged\">{HtmlFigure.Escape(Damaged())}</div>"
            + $"<div class=\"pair\">{LiveHtml.Chart("loss", "Loss", "nats per token", loss)}<div>{(frames.Cells.Count > 0 ? HtmlFigure.Heat(picture, width: 560) : $"<figure>{SvgText.Bare(Heatmap.ToSvg(picture, 560))}</figure>")}{LiveHtml.Chart("vio", "MaxVio", "0 is an even load", vio)}</div></div>"
            + $"<div class=\"happened\" data-text=\"happened\">{HtmlFigure.Escape(Happened())}</div>";
        Sent();
        return CellData.Html(LiveHtml.Card(id, _tail.Restarts, html), Said() is { Length: > 0 } told ? told : Line);
    }

    /// <inheritdoc/>
    public JsonObject? Delta()
    {
        if (_restarts != _tail.Restarts || (!_heat && _tail.Routing.Last is not null))
            return null;
        var charts = new JsonObject();
        AddPoints(charts, "loss", [_tail.Loss, _tail.HeldOut]);
        AddPoints(charts, "vio", [_tail.MaxVio, _tail.WorstMaxVio]);
        if (Markers(_markers) is { Count: > 0 } markers)
            charts["loss"] = With(charts["loss"] as JsonObject, "markers", new JsonArray([.. markers.Select(m => new JsonArray((int)m.X, m.Kind, m.Text))]));
        _markers = _tail.Events.Count;
        var delta = new JsonObject();
        if (charts.Count > 0)
            delta["charts"] = charts;
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

    private void AddPoints(JsonObject charts, string chart, IReadOnlyList<Curve> curves)
    {
        var points = new JsonObject();
        for (var i = 0; i < curves.Count; i++)
        {
            var sent = _points.GetValueOrDefault(chart + i);
            if (curves[i].Count > sent)
                points[i.ToString(CultureInfo.InvariantCulture)] = LiveHtml.Points(curves[i], sent, MostPoints);
            _points[chart + i] = curves[i].Count;
        }
        if (points.Count > 0)
            charts[chart] = With(charts[chart] as JsonObject, "points", points);
    }

    private void Sent()
    {
        (_restarts, _markers, _heat) = (_tail.Restarts, _tail.Events.Count, _tail.Routing.Last is not null);
        (_frame, _frameSent) = (_tail.Routing.Last?.Step ?? 0, DateTime.UtcNow);
        foreach (var (name, curve) in new[] { ("loss0", _tail.Loss), ("loss1", _tail.HeldOut), ("vio0", _tail.MaxVio), ("vio1", _tail.WorstMaxVio) })
            _points[name] = curve.Count;
        foreach (var (_, name, text) in Facts())
            _texts[name] = text;
        (_texts["balancer"], _texts["state"]) = (_tail.Balancer, LiveHtml.Chip(_tail.Status, _tail.Paused).Text);
    }

    private IEnumerable<(string Word, string Name, string Text)> Facts() =>
    [
        ("step", "step", Step()),
        ("loss, last tenth", "loss", LiveHtml.Number(RunFigures.MeanOfLastTenth(_tail.Loss.Values), "0.000")),
        ("held-out bits/byte", "bits", LiveHtml.Number(_tail.Bits.Last, "0.000")),
        ("MaxVio, last tenth", "vio", LiveHtml.Number(RunFigures.MeanOfLastTenth(_tail.MaxVio.Values), "0.00")),
        ("tokens/s", "speed", LiveHtml.Number(RunFigures.Median(_tail.Speed.Values), "#,0")),
        ("left", "left", _tail.SecondsLeft is { } left && !_tail.Paused && !_gone ? LiveHtml.Duration(left) : ""),
        ("", "happened", Happened()),
        ("", "damaged", Damaged()),
    ];

    private string Step() => _tail.Steps > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_tail.Step:N0} of {_tail.Steps:N0}") : string.Create(CultureInfo.InvariantCulture, $"{_tail.Step:N0}");

    private double Done() => _tail.Steps > 0 ? Math.Round(100.0 * _tail.Step / _tail.Steps, 1) : 0;

    private string Happened() => string.Join('\n', _tail.Events.Where(e => Told.Contains(e.Kind)).TakeLast(3).Select(e => Marker.TextOf(e)));

    private string Damaged() => string.Join('\n', _tail.Damaged.Take(3).Select(d => $"damaged: {d}"));

    private IReadOnlyList<Marker> Markers(int from) => Marker.Of(_tail.Events.Skip(from));

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

    private static IReadOnlyList<Series> Named((string Name, Curve Curve, SeriesStyle Style, string Color)[] curves) => [.. curves.Select(c => new Series(c.Name, [.. c.Curve.Steps], [.. c.Curve.Values], c.Style, c.Color))];

    private static JsonObject With(JsonObject? node, string name, JsonNode value)
    {
        node ??= [];
        node[name] = value;
        return node;
    }
}
