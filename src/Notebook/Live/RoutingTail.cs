using System.Buffers.Binary;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Views;

namespace MoELab.Live;

/// <summary>
/// Reads what was added to <c>routing.bin</c> since the last time and keeps frames for a slider: all of them up to a limit, then
/// every second one, and so on. A torn last record waits until it is whole.
/// </summary>
/// <param name="path">The file; it may appear later.</param>
internal sealed class RoutingTail(string path)
{
    private const int HeaderBytes = RoutingHead.Bytes, AtOnce = 40;

    // So many bytes of frames make a figure that is still cheap to send and save.
    private const int CellLimit = 320_000;
    private readonly List<RoutingFrame> _frames = [];
    private long _read;
    private int _lastStep, _stride = 1;

    private readonly List<DamagedRow> _damaged = [];
    private RoutingHead _head;
    private bool _unreadable;

    /// <summary>Records that were read and are not what was written.</summary>
    public IReadOnlyList<DamagedRow> Damaged => _damaged;

    /// <summary>Rows; 0 before the first record.</summary>
    public int Layers { get; private set; }

    /// <summary>Columns.</summary>
    public int Experts { get; private set; }

    /// <summary>The newest record; null before the first.</summary>
    public RoutingFrame? Last { get; private set; }

    /// <summary>Most frames that a figure gets.</summary>
    public int Most => Math.Clamp(CellLimit / Math.Max(1, Layers * Experts), 16, RoutingFrames.Most);

    /// <summary>Reads on; whether there was anything new.</summary>
    public bool Read()
    {
        if (!File.Exists(path))
            return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (file.Length < HeaderBytes || (Layers == 0 && !Header(file)))
            return false;
        var record = 8 + (4L * Layers * Experts);
        var whole = (file.Length - HeaderBytes) / record;
        var restarted = _read > whole || (_read > 0 && StepAt(file, _read - 1, record) != _lastStep);
        if (restarted)
            Restart();
        var fresh = whole - _read;
        foreach (var index in Choose(_read, fresh))
            Take(file, index, record);
        _read = whole;
        return restarted || fresh > 0;
    }

    /// <summary>The frames for a slider, the newest among them.</summary>
    public (RoutingFrames Frames, IReadOnlyList<double[]> Means) Picture()
    {
        var all = Last is { } last && (_frames.Count == 0 || _frames[^1].Step != last.Step) ? [.. _frames, last] : _frames;
        var chosen = all.Count <= Most ? all : [.. Enumerable.Range(0, Most).Select(i => all[(int)Math.Round(i * (all.Count - 1.0) / (Most - 1))])];
        return (new RoutingFrames(Math.Max(1, Layers), Math.Max(1, Experts), [.. chosen.Select(f => f.Step)], [.. chosen.Select(f => f.Cells)], -2, 2, true), [.. chosen.Select(f => f.Means)]);
    }

    private bool Header(FileStream file)
    {
        var header = new byte[HeaderBytes];
        file.ReadExactly(header);
        try
        {
            _head = RoutingHead.Read(header, Path.GetFileName(path));
        }
        catch (RecipeException e)
        {
            if (!_unreadable)
                _damaged.Add(new DamagedRow("routing.bin", 0, 0, e.Message));
            return !(_unreadable = true);
        }
        (Layers, Experts) = (_head.Layers, _head.Experts);
        return true;
    }

    private void Restart()
    {
        _frames.Clear();
        _damaged.Clear();
        (_read, _lastStep, _stride, Last) = (0, 0, 1, null);
    }

    // Of many records at once, as where a long run is opened, an even choice.
    private IEnumerable<long> Choose(long from, long count)
    {
        var most = from == 0 ? 2 * Most : AtOnce;
        if (count <= most)
            return Enumerable.Range(0, (int)count).Select(i => from + i);
        if (from == 0)
            _stride = (int)Math.Min(int.MaxValue, Math.Max(1, count / most));
        return Enumerable.Range(0, most).Select(i => from + (long)Math.Round(i * (count - 1.0) / (most - 1)));
    }

    private void Take(FileStream file, long index, long record)
    {
        var bytes = new byte[record];
        file.Position = HeaderBytes + (index * record);
        file.ReadExactly(bytes);
        if (!_head.Holds(bytes))
        {
            _damaged.Add(new DamagedRow("routing.bin", (int)index + 1, _lastStep, "its checksum does not fit"));
            return;
        }
        var counts = new long[Layers, Experts];
        for (var i = 0; i < counts.Length; i++)
            counts[i / Experts, i % Experts] = Int32(bytes, 8 + (4 * i));
        _lastStep = Int32(bytes, 0);
        var frame = RoutingFrames.OfLoads([(_lastStep, counts)], Layers, Experts);
        Last = new RoutingFrame(_lastStep, frame.Cells[0], [.. Enumerable.Range(0, Layers).Select(l => Math.Round(Enumerable.Range(0, Experts).Sum(e => counts[l, e]) / (double)Experts, 2))]);
        if (_frames.Count > 0 && Last.Step < _frames[^1].Step + _stride)
            return;
        _frames.Add(Last);
        if (_frames.Count < 2 * Most)
            return;
        _stride *= 2;
        for (var i = _frames.Count - 1; i > 0; i--)
            if (i % 2 == 1)
                _frames.RemoveAt(i);
    }

    private static int StepAt(FileStream file, long index, long record)
    {
        var bytes = new byte[4];
        file.Position = HeaderBytes + (index * record);
        file.ReadExactly(bytes);
        return Int32(bytes, 0);
    }

    private static int Int32(byte[] bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at, 4));
}

/// <summary>One step's heatmap, a byte per cell.</summary>
/// <param name="Step">The step.</param>
/// <param name="Cells">As <see cref="RoutingFrames"/> holds them.</param>
/// <param name="Means">Even load of each layer in tokens.</param>
internal sealed record RoutingFrame(int Step, byte[] Cells, double[] Means);
