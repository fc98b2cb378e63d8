using System.Runtime.CompilerServices;
using MoELab.Cells;
using MoELab.Studies.Running;

namespace MoELab.Live;

/// <summary>
/// Gives each run that a cell starts, resumes, attaches to or has as its value a live display below that cell, one per cell and run.
/// </summary>
internal sealed class LiveRuns : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lab _lab;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConditionalWeakTable<ICellOutput, Dictionary<string, LiveDisplay>> _shown = [];
    private readonly List<LiveDisplay> _moving = [];
    private readonly Dictionary<RunStart, (ICellOutput Output, LiveDisplay Display)> _starting = [];

    public LiveRuns(Lab lab)
    {
        _lab = lab;
        lab.Starting += Starting;
        lab.Opened += Opened;
        RunGroups.Of(lab).Began += Began;
    }

    /// <summary>Names of the followed runs that are training.</summary>
    public IReadOnlyList<string> Training
    {
        get
        {
            Settle();
            lock (_gate)
                return [.. _moving.SelectMany(d => d.Training).Distinct()];
        }
    }

    /// <summary>Shows a cell's value if it is a run or a group of runs; a run that already has a display below this cell is not shown again.</summary>
    public bool Show(object value, ICellOutput output)
    {
        if (value is Run run)
            Show(run.FullPath, () => new RunCard(run), output, again: false);
        else if (value is RunGroup group)
            Show(Key(group), () => Card(group), output, again: false);
        return value is Run or RunGroup;
    }

    /// <summary>The card of a group of runs.</summary>
    public static ILiveFigure Card(RunGroup group) => group.Plan is { } plan ? new StudyCard(group, plan) : new RunGroupCard(group);

    /// <summary>Brings displays up to date, so that a notebook that ends with this cell contains the final figures.</summary>
    public void Settle()
    {
        LiveDisplay[] moving;
        lock (_gate)
        {
            _moving.RemoveAll(d => d.Ended);
            moving = [.. _moving];
        }
        foreach (var display in moving)
            Safely(() => display.Move());
    }

    public void Dispose()
    {
        _lab.Starting -= Starting;
        _lab.Opened -= Opened;
        RunGroups.Of(_lab).Began -= Began;
        _ended.Cancel();
    }

    private void Starting(RunStart start) => Safely(() =>
    {
        if (CellContext.Output is not { } output)
            return;
        lock (_gate)
        {
            var display = LiveDisplay.Show(new StartCard(start), output, _ended.Token);
            _starting[start] = (output, display);
            _moving.Add(display);
        }
    });

    private void Opened(Run run) => Safely(() =>
    {
        lock (_gate)
        {
            foreach (var gone in _starting.Keys.Where(s => s.Failed).ToArray())
                _starting.Remove(gone);
            if (_starting.Keys.FirstOrDefault(s => s.Run == run) is { } start && _starting.Remove(start, out var shown))
            {
                _shown.GetOrCreateValue(shown.Output)[run.FullPath] = shown.Display;
                return;
            }
        }
        Show(run.FullPath, () => new RunCard(run), CellContext.Output, again: true);
    });

    private void Began(RunGroup group) => Safely(() => Show(Key(group), () => Card(group), CellContext.Output, again: true));

    private void Show(string key, Func<ILiveFigure> figure, ICellOutput? output, bool again)
    {
        if (output is null)
            return;
        lock (_gate)
        {
            var shown = _shown.GetOrCreateValue(output);
            if (shown.TryGetValue(key, out var before) && (!again || !before.Ended))
                return;
            var fresh = figure();
            // A run whose display has ended gets a new one after a resume; opened as it is, it has nothing new.
            if (before is not null && fresh.Ended)
                return;
            var display = shown[key] = LiveDisplay.Show(fresh, output, _ended.Token);
            if (!display.Ended)
                _moving.Add(display);
        }
    }

    private static string Key(RunGroup group) => $"group {RuntimeHelpers.GetHashCode(group)}";

    // A failed display must not stop the training.
    private static void Safely(Action show)
    {
        try
        {
            show();
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"the live display failed: {e.Message}");
        }
    }
}
