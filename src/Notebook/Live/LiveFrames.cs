using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Live;

/// <summary>Frames of a routing log for a slider: all of them up to a limit, then every second one, and so on.</summary>
internal sealed class LiveFrames
{
    private const int AtOnce = 40;

    // Bytes of frames in a figure that is still cheap to send and save.
    private const int CellLimit = 320_000;
    private List<RoutingFrame> _frames = [];
    private int _taken, _restarts, _stride = 1, _layers, _experts;

    /// <summary>The newest record; null before the first.</summary>
    public RoutingFrame? Last { get; private set; }

    public int Most => Math.Clamp(CellLimit / Math.Max(1, _layers * _experts), 16, RoutingFrames.Most);

    public void Take(RoutingReader log)
    {
        (_layers, _experts) = (log.Layers, log.Experts);
        if (_restarts != log.Restarts)
        {
            _frames.Clear();
            (_taken, _stride, Last) = (0, 1, null);
        }
        _restarts = log.Restarts;
        if (log.Steps.Count == _taken)
            return;
        foreach (var (step, counts) in log.Read(Choose(log.Steps)))
            Take(step, counts);
        _taken = log.Steps.Count;
    }

    /// <summary>The frames for a slider, the newest among them.</summary>
    public (RoutingFrames Frames, IReadOnlyList<double[]> Means) Picture()
    {
        var all = Last is { } last && (_frames.Count == 0 || _frames[^1].Step != last.Step) ? [.. _frames, last] : _frames;
        var chosen = all.Count <= Most ? all : [.. Enumerable.Range(0, Most).Select(i => all[(int)Math.Round(i * (all.Count - 1.0) / (Most - 1))])];
        return (new RoutingFrames(Math.Max(1, _layers), Math.Max(1, _experts), [.. chosen.Select(f => f.Step)],
            [.. chosen.Select(f => f.Cells)], -2, 2, true), [.. chosen.Select(f => f.Means)]);
    }

    // An even choice of many new records, as when a long run is opened.
    private int[] Choose(IReadOnlyList<int> steps)
    {
        var (most, count) = (_taken == 0 ? 2 * Most : AtOnce, steps.Count - _taken);
        if (count <= most)
            return [.. steps.Skip(_taken)];
        if (_taken == 0)
            _stride = Math.Max(1, count / most);
        return [.. Enumerable.Range(0, most).Select(i => steps[_taken + (int)Math.Round(i * (count - 1.0) / (most - 1))])];
    }

    private void Take(int step, long[,] counts)
    {
        var frame = RoutingFrames.OfLoads([(step, counts)], _layers, _experts);
        Last = new RoutingFrame(step, frame.Cells[0],
            [.. Enumerable.Range(0, _layers).Select(l => Math.Round(Enumerable.Range(0, _experts).Sum(e => counts[l, e]) / (double)_experts, 2))]);
        if (_frames.Count > 0 && Last.Step < _frames[^1].Step + _stride)
            return;
        _frames.Add(Last);
        if (_frames.Count < 2 * Most)
            return;
        _stride *= 2;
        _frames = [.. _frames.Where((_, i) => i % 2 == 0)];
    }
}

/// <summary>One step's heatmap, a byte per cell.</summary>
/// <param name="Step">The step.</param>
/// <param name="Cells">As in <see cref="RoutingFrames"/>.</param>
/// <param name="Means">Even load of each layer in tokens.</param>
internal sealed record RoutingFrame(int Step, byte[] Cells, double[] Means);
