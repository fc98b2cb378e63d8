using MoELab.Views.Figures;
using MoELab.Views.Html;
using MoELab.Views.Scenes;

namespace MoELab.Live;

/// <summary>
/// A chart of a card whose run is training. It is drawn completely now and then; in between, the page gets only what is new, in the coordinates of
/// that drawing, with the view that contains all of it. Smoothed lines change only at their ends, until the window of the mean grows.
/// </summary>
/// <param name="name">Its name in deltas.</param>
/// <param name="title">Above it.</param>
/// <param name="unit">Beside the title.</param>
/// <param name="chart">The chart as it is now, without title, unit and events; its series are the same ones each time.</param>
/// <param name="mostPoints">Most points of a line in a delta.</param>
internal sealed class GrowingChart(string name, string title, string unit, Func<LineChart> chart, int mostPoints)
{
    private const int MostOfTail = 20;
    private ChartLayout _layout = new(new LineChart());
    private int[] _sent = [];
    private bool _drawn;
    private (double Low, double High) _x, _y;
    private string _across = "", _up = "";

    public string Name => name;

    /// <summary>Whether what is new can be added; otherwise the chart must be drawn again.</summary>
    public bool Grows => chart() is var now && now.Series.Count == _sent.Length && now.HasValues == _drawn;

    /// <summary>The complete chart, with events on its lane. If it is hidden, a script shows it on demand.</summary>
    public Markup Whole(IReadOnlyList<Marker> events, bool hidden = false)
    {
        _layout = new ChartLayout(chart() with { Markers = events }, growing: true);
        _sent = [.. _layout.Chart.Series.Select(s => s.X.Count)];
        _drawn = _layout.Chart.HasValues;
        (_x, _y) = (_layout.Along, _layout.Extent);
        (_across, _up) = (Json(_layout.Across).ToJsonString(), Json(_layout.Up).ToJsonString());
        return Markup.Of($"<figure data-chart=\"{name}\" aria-label=\"{title}\"{(hidden ? " hidden" : "")}>"
            + $"<div class=\"title\">{title} <span class=\"mute\">{unit}</span></div>{ChartFigure.Of(_layout, FigurePage.Output, hidden)}</figure>");
    }

    /// <summary>
    /// What is new; null if nothing is. The view contains the new events; their <see cref="Signs"/> are the same on every chart of a card.
    /// </summary>
    public JsonObject? Delta(IReadOnlyList<Marker> events)
    {
        var (series, line) = (chart().Series, 0);
        var (lines, points, marks) = (new JsonObject(), new JsonObject(), new List<Mark>());
        for (var s = 0; s < series.Count; s++)
        {
            var (own, sent) = (series[s], _sent[s]);
            if (own.X.Count > sent)
            {
                if (_layout.Smoothed(own))
                    lines[$"{line + _layout.LinesOf(own) - 1}"] = SmoothTail(own, sent);
                points[$"{s}"] = Points(own, sent);
                for (var i = sent; i < own.X.Count; i++)
                {
                    _x = (Math.Min(_x.Low, own.X[i]), Math.Max(_x.High, own.X[i]));
                    if (double.IsFinite(own.Y[i]))
                        _y = (Math.Min(_y.Low, own.Y[i]), Math.Max(_y.High, own.Y[i]));
                    if (own.Style == SeriesStyle.Dots && double.IsFinite(own.Y[i]))
                        marks.Add(_layout.Dot(own, own.X[i], own.Y[i]));
                }
            }
            _sent[s] = own.X.Count;
            line += _layout.LinesOf(own);
        }
        foreach (var marker in events)
            _x = (Math.Min(_x.Low, marker.X), Math.Max(_x.High, marker.X));
        if (points.Count == 0 && events.Count == 0)
            return null;
        var (domain, range) = (ChartLayout.DomainOf(_x), ChartLayout.RangeOf(_y, _layout.Chart.FromZero));
        var view = ChartFigure.View(domain, range).Select(v => (JsonNode?)v);
        var delta = new JsonObject { ["view"] = new JsonArray([.. view]), ["lines"] = lines, ["points"] = points };
        var (across, up) = _layout.TicksOf(_x, range);
        AddTicks(delta, "across", Json(across), ref _across);
        AddTicks(delta, "up", Json(up), ref _up);
        if (marks.Count > 0)
            delta["marks"] = SvgWriter.Marks(marks).Html;
        return delta;
    }

    /// <summary>Events for a delta: the place and sign of each, and whether a line marks it.</summary>
    public static JsonArray Signs(IEnumerable<Marker> events) =>
        new([.. events.Select(e => new JsonArray(e.X, SvgWriter.Marks([ChartLayout.Sign(e)]).Html, ChartLayout.IsRuled(e)))]);

    private static void AddTicks(JsonObject delta, string part, JsonArray ticks, ref string sent)
    {
        if (ticks.ToJsonString() is var text && text != sent)
            (delta[part], sent) = (ticks, text);
    }

    // The window extends an 80th of the points to either side; earlier points do not change before it grows. The first point
    // of the tail is already on the page, so that the line continues from it.
    private JsonArray SmoothTail(Series series, int sent)
    {
        var reach = series.Y.Count / 80;
        var from = reach == sent / 80 ? Math.Max(0, sent - 1 - reach) : 0;
        var tail = _layout.Line([.. series.X.Skip(from)], Curves.Smooth(series.Y, from), "", from == 0 ? 2 * MostOfTail : MostOfTail);
        return new JsonArray(Math.Round(_layout.X(series.X[from]), 1), SvgWriter.Data(tail));
    }

    private JsonArray Points(Series series, int from)
    {
        var kept = Curves.Thin([.. series.Y.Skip(from)], mostPoints);
        return new JsonArray(
            new JsonArray([.. kept.Select(i => (JsonNode)series.X[from + i])]),
            new JsonArray([.. kept.Select(i => (JsonNode?)ChartFigure.Round(series.Y[from + i]))]));
    }

    private static JsonArray Json(IReadOnlyList<(double At, string Label)> ticks) =>
        new([.. ticks.Select(t => new JsonArray(Math.Round(t.At, 1), t.Label))]);
}
