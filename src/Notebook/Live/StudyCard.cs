using System.Diagnostics;
using MoELab.Cells;
using MoELab.Studies.Planning;
using MoELab.Studies.Running;
using MoELab.Training.Metrics;
using MoELab.Views;
using MoELab.Views.Comparisons;
using MoELab.Views.Figures;
using MoELab.Views.Html;
using MoELab.Views.Scenes;
using MoELab.Views.Studies;

namespace MoELab.Live;

/// <summary>
/// The card of a study: of each arm the mean over its seeds within a band, a grid of arms and seeds with the state of each run, and the time that
/// is left. Runs that finished in earlier sessions are part of all three.
/// </summary>
internal sealed class StudyCard : ILiveFigure
{
    // Means change along their whole length, so the chart is drawn anew; drawing may take a 300th of the time.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(4);
    private const int PartOfTime = 300;

    // A study takes a while: looking more often would cost its training more than it shows.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly RunGroup _group;
    private readonly StudyPlan _plan;
    private readonly StudyStates _states;
    private readonly GroupRuns _runs;
    private readonly string _metric;
    private readonly Queue<(string Arm, string Folder)> _unread;
    private readonly List<(string Arm, FollowedRun Run)> _earlier = [];
    private readonly Dictionary<string, string> _texts = [];
    private long _drawn, _looked;
    private TimeSpan _rest = Least;
    private int _shown, _sequence;

    public StudyCard(RunGroup group, StudyPlan plan)
    {
        (_group, _plan, _runs) = (group, plan, new GroupRuns(group));
        _states = new StudyStates(plan, _runs);
        var metric = plan.Study.Metric;
        // What is evaluated now and then says less while a run trains than its loss does.
        _metric = !metric.StartsWith("eval", StringComparison.Ordinal) && MetricCatalog.Definitions.Any(d => d.Id == metric) ? metric : "loss";
        _unread = new(plan.Done.Where(d => d.Result.Counts).Select(d => (d.Entry.Arm.Name, Path.Combine(Path.GetFullPath(plan.Runs), d.Result.Run))));
    }

    public bool Ended => _runs.Ended;

    public IReadOnlyList<string> Training => _runs.Training;

    public bool Read() => (_group.Completion.IsCompleted || Stopwatch.GetElapsedTime(_looked) >= Every) && ReadOn();

    public CellData Whole(string id)
    {
        ReadOn();
        while (Ended && _unread.TryDequeue(out var next))
            ReadEarlier(next.Arm, next.Folder);
        var began = Stopwatch.GetTimestamp();
        string[] columns = ["arm", .. _plan.Study.EffectiveSeeds.Select(s => FormattableString.Invariant($"seed {s}")), "mean"];
        var rows = _plan.Arms.Select((arm, a) => (object?[])
        [
            Markup.Of($"<span class=\"dot\" style=\"background:var(--{Palette.Category(a)})\"></span>{arm.Name}"),
            .. _plan.Study.EffectiveSeeds.Select(seed => LiveHtml.Chip(Key(a, seed), _states.Of(arm, seed))),
            Markup.Of($"<span data-text=\"m{a}\">{_states.Mean(arm)}</span>") with { Right = true },
        ]);
        var chart = Chart();
        var html = Markup.Of($"<div class=\"head\"><b>{_group.Title}</b>{LiveHtml.Chip("state", _runs.State)}"
            + $"<span class=\"mute\" data-text=\"ended\">{Progress()}</span></div>"
            + $"<div class=\"progress\"><i data-done style=\"width:{Share()}%\"></i></div>{Markup.Line("said", string.Join('\n', Said()))}"
            + $"{HtmlFigure.Curves(chart, FigurePage.Output)}<div class=\"scroll\">{new ViewTable(columns, [.. rows]).ToHtml()}</div>"
            + $"<div class=\"mute\">{_plan.Study.Metric} of each finished run, and the mean of each arm</div>");
        Sent();
        var data = CellData.Html(LiveHtml.Card(id, _runs.Restarts, html, _sequence), $"{_group.Title}: {Progress()}");
        _drawn = Stopwatch.GetTimestamp();
        _rest = TimeSpan.FromTicks(Math.Max(Least.Ticks, PartOfTime * Stopwatch.GetElapsedTime(began, _drawn).Ticks));
        return data;
    }

    public JsonObject? Delta()
    {
        if (Shown != _shown || Stopwatch.GetElapsedTime(_drawn) > _rest)
            return null;
        var (text, chips) = (new JsonObject(), new JsonObject());
        foreach (var (name, value) in Texts().Where(t => _texts.GetValueOrDefault(t.Name) != t.Text))
            text[name] = _texts[name] = value;
        foreach (var (name, chip) in Chips().Where(c => _texts.GetValueOrDefault(c.Name) != c.Chip.Text))
            chips[name] = new JsonArray(_texts[name] = chip.Text, chip.Class);
        return new JsonObject { ["sequence"] = ++_sequence, ["text"] = text, ["chips"] = chips, ["done"] = Share() };
    }

    private int Shown => _runs.All.Count + _earlier.Count;

    private LineChart Chart()
    {
        var runs = _earlier.Concat(_runs.All.Select(r => (r.Arm, Run: r.Followed)));
        var arms = _plan.Arms.Select(a => a.Name).ToList();
        RunCurve[] curves = [.. runs.OrderBy(r => arms.IndexOf(r.Arm)).Select(r => RunCurve.Of(r.Arm, r.Arm, StudyViews.Look(Math.Max(0, arms.IndexOf(r.Arm))),
            _metric, LossAxis.Steps, r.Run.Metrics.Find, () => 1)).OfType<RunCurve>()];
        var options = new OverlayOptions { Metric = _metric, Seeds = SeedBand.Range };
        return new OverlayView(curves, options, training: true).Chart with { Width = 900, Height = 300 };
    }

    private bool ReadOn()
    {
        _looked = Stopwatch.GetTimestamp();
        var changed = _runs.Read();
        _states.Read();
        // One at a time, because reading a long run takes a while.
        changed |= _unread.TryDequeue(out var next) && ReadEarlier(next.Arm, next.Folder);
        return changed | (_texts.GetValueOrDefault("ended") != Progress());
    }

    private bool ReadEarlier(string arm, string folder)
    {
        // Tried again in this session, or deleted since.
        if (_runs.All.Any(r => r.Followed.FullPath == folder) || !Directory.Exists(folder))
            return false;
        try
        {
            var run = new FollowedRun(folder);
            run.Read(ended: true);
            _earlier.Add((arm, run));
            return true;
        }
        catch (Exception e) when (e is IOException or MoELabException)
        {
            // A damaged run is no reason to stop showing the others.
            return false;
        }
    }

    private void Sent()
    {
        _shown = Shown;
        foreach (var (name, value) in Texts())
            _texts[name] = value;
        foreach (var (name, chip) in Chips())
            _texts[name] = chip.Text;
    }

    private IEnumerable<(string Name, string Text)> Texts() =>
        _plan.Arms.Select((arm, a) => ($"m{a}", _states.Mean(arm))).Prepend(("ended", Progress()));

    private IEnumerable<(string Name, (string Text, string Class) Chip)> Chips() =>
        _plan.Arms.SelectMany((arm, a) => _plan.Study.EffectiveSeeds.Select(seed => (Key(a, seed), _states.Of(arm, seed)))).Append(("state", _runs.State));

    private IEnumerable<string> Said() => _states.Failures.Take(3);

    private string Progress()
    {
        if (_runs.All.Count == 0 && !Ended && _group.Preparing.Doing is { Length: > 0 } doing)
            return $"preparing data: {doing}";
        var (ended, failed, before) = (_states.Ended, _states.Failed, _plan.Done.Count);
        return $"{ended} of {_plan.Entries.Count} runs have ended" + (before > 0 ? $", {before} of them before" : "") + (failed > 0 ? $"; {failed} failed" : "")
            + (!_group.Completion.IsCompleted && _states.SecondsLeft is { } left ? $"; about {LiveHtml.Duration(left)} left" : "");
    }

    private double Share() => Math.Round(100 * _states.Share, 1);

    private static string Key(int arm, long seed) => FormattableString.Invariant($"c{arm}.{seed}");
}
