using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>
/// Reads <c>routing.bin</c>: a head (see <see cref="RoutingHead"/>), then records of int32 step, int32 checksum and int32
/// counts[layers * experts], all little-endian. A torn last record is ignored, a damaged one left out and reported.
/// </summary>
public sealed class RoutingReader
{
    private const int HeaderBytes = RoutingHead.Bytes, MarkBytes = 8;
    private readonly string _path;
    private readonly List<int> _steps = [];
    private readonly List<int> _records = [];
    private readonly List<DamagedRow> _damaged = [];
    private readonly byte[] _header = new byte[HeaderBytes], _mark = new byte[MarkBytes];
    private RoutingHead _head;
    private int _read;

    internal RoutingReader(string path)
    {
        _path = path;
        Refresh();
    }

    /// <summary>Rows of each record.</summary>
    public int Layers => _head.Layers;

    /// <summary>Columns of each record.</summary>
    public int Experts => _head.Experts;

    /// <summary>Only steps that are multiples of it (and step 1) have a record.</summary>
    internal int Every => _head.Every;

    /// <summary>Records that are not what was written, which are left out.</summary>
    public IReadOnlyList<DamagedRow> Damaged => _damaged;

    /// <summary>Steps that have a record, increasing.</summary>
    public IReadOnlyList<int> Steps => _steps;

    /// <summary>Counts up with whatever a refresh found.</summary>
    internal int Changes { get; private set; }

    /// <summary>How often records that were read ceased to hold: a resume cut them, or the file was thinned.</summary>
    internal int Restarts { get; private set; }

    /// <summary>Why the file cannot be read; null where it can.</summary>
    internal InputException? Refusal { get; private set; }

    /// <summary>Opens the file; null where it does not exist or its header is not complete yet.</summary>
    /// <exception cref="InputException">The file is something else, of another version, or its head is damaged.</exception>
    public static RoutingReader? Open(string path) => new RoutingReader(path).Whole();

    /// <summary>Tokens per expert in one step: [layers, experts].</summary>
    /// <exception cref="InputException">The step has no record; the message names the nearest one.</exception>
    public long[,] Counts(int step)
    {
        var index = _steps.BinarySearch(step);
        if (index < 0)
            throw new InputException($"routing of step {step}: not recorded; " + (_steps.Count == 0 ? "the run has no routing records yet"
                : $"the nearest recorded step is {_steps.MinBy(s => Math.Abs((long)s - step))}"));
        using var file = OpenShared(_path);
        return Read(file, _records[index]);
    }

    /// <summary>Tokens per expert of several steps, each [layers, experts], reading the file once.</summary>
    public IEnumerable<(int Step, long[,] Counts)> Read(IEnumerable<int> steps)
    {
        using var file = OpenShared(_path);
        foreach (var step in steps)
            if (_steps.BinarySearch(step) is >= 0 and var index)
                yield return (step, Read(file, _records[index]));
    }

    /// <summary>Itself; null where the file has no head yet.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    internal RoutingReader? Whole() => Refusal is { } refusal ? throw refusal : Layers == 0 ? null : this;

    internal void Refresh()
    {
        if (!File.Exists(_path))
            return;
        using var file = OpenShared(_path);
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
            return;
        if (Continues(file, header) || Begin(header))
            Index(file);
    }

    private long RecordBytes => _head.RecordBytes;

    // The head and the last record that was read are still those that were read.
    private bool Continues(FileStream file, byte[] header)
    {
        if (Layers == 0 || !header.AsSpan().SequenceEqual(_header))
            return false;
        if (_read == 0)
            return true;
        var there = new byte[MarkBytes];
        file.Position = HeaderBytes + ((_read - 1) * RecordBytes);
        return file.Length >= HeaderBytes + (_read * RecordBytes)
            && file.ReadAtLeast(there, MarkBytes, throwOnEndOfStream: false) == MarkBytes && there.AsSpan().SequenceEqual(_mark);
    }

    private bool Begin(byte[] header)
    {
        if (Refusal is not null && header.AsSpan().SequenceEqual(_header))
            return false;
        Restarts += Layers == 0 ? 0 : 1;
        Changes++;
        (_head, _read, Refusal) = (default, 0, null);
        _steps.Clear();
        _records.Clear();
        _damaged.Clear();
        header.CopyTo(_header, 0);
        try
        {
            _head = RoutingHead.Read(header, _path);
            return true;
        }
        catch (InputException e)
        {
            Refusal = e;
            _damaged.Add(new DamagedRow(Path.GetFileName(_path), 0, 0, e.Message.Replace(_path + ": ", "", StringComparison.Ordinal)));
            return false;
        }
    }

    private void Index(FileStream file)
    {
        var whole = (int)((file.Length - HeaderBytes) / RecordBytes);
        if (whole <= _read)
            return;
        Changes++;
        var bytes = new byte[RecordBytes];
        using var buffered = new BufferedStream(file, (int)Math.Min(1 << 20, (whole - _read) * RecordBytes));
        buffered.Position = HeaderBytes + (_read * RecordBytes);
        for (; _read < whole; _read++)
        {
            buffered.ReadExactly(bytes);
            bytes.AsSpan(0, MarkBytes).CopyTo(_mark);
            if (!_head.Holds(bytes))
            {
                _damaged.Add(new DamagedRow("routing.bin", _read + 1, _steps.Count == 0 ? 0 : _steps[^1], "its checksum is wrong"));
                continue;
            }
            var step = Int32(bytes, 0);
            // A resumed run that was not truncated repeats steps; the later record holds.
            Restarts += _steps.Count > 0 && _steps[^1] >= step ? 1 : 0;
            while (_steps.Count > 0 && _steps[^1] >= step)
            {
                _steps.RemoveAt(_steps.Count - 1);
                _records.RemoveAt(_records.Count - 1);
            }
            _steps.Add(step);
            _records.Add(_read);
        }
    }

    private long[,] Read(FileStream file, int record)
    {
        var bytes = new byte[4 * Layers * Experts];
        file.Position = HeaderBytes + (record * RecordBytes) + 8;
        file.ReadExactly(bytes);
        var counts = new long[Layers, Experts];
        var flat = MemoryMarshal.CreateSpan(ref counts[0, 0], counts.Length);
        for (var i = 0; i < flat.Length; i++)
            flat[i] = Int32(bytes, 4 * i);
        return counts;
    }

    private static int Int32(byte[] bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at, 4));

    private static FileStream OpenShared(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
