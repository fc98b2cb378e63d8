using System.Buffers.Text;
using System.Text.Json;
using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>
/// Some metrics of a log, without parsing the others: the columns that <see cref="MetricTable"/> has, at a fraction of its time and memory.
/// A row counts if its checksum holds; rows of older versions, which have none, are parsed whole. Reads on from where it ended.
/// </summary>
internal sealed class MetricScan
{
    private readonly byte[] _step = "\"step\":"u8.ToArray();
    private readonly (string Name, byte[] Key, List<int> Steps, List<double> Values)[] _columns;
    private readonly ByteLines _lines;
    private readonly List<int> _steps = [];
    private bool _isSealed;

    /// <summary>Metrics of the log at a path, which may appear later.</summary>
    public MetricScan(string path, params IEnumerable<string> metrics)
    {
        _lines = new ByteLines(path);
        _columns = [.. metrics.Distinct(StringComparer.Ordinal)
            .Select(m => (m, Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(m)}\":"), new List<int>(), new List<double>()))];
        Refresh();
    }

    /// <summary>Counts up with whatever a reading found.</summary>
    public int Changes { get; private set; }

    public bool Has(string metric) => _columns.Any(c => c.Name == metric);

    public IEnumerable<string> Names => _columns.Select(c => c.Name);

    /// <summary>A metric; null where no row has it.</summary>
    public MetricColumn? Find(string metric) =>
        _columns.FirstOrDefault(c => c.Name == metric) is { Steps.Count: > 0 } found ? new MetricColumn(metric, found.Steps, found.Values) : null;

    /// <exception cref="InputException">A row is longer than a log's may be.</exception>
    public void Refresh()
    {
        while (!ReadOn())
        {
            _lines.Restart();
            Clear();
            _isSealed = true;
        }
    }

    // Whether the end was reached; otherwise a first checksum says that the rows before it were none.
    private bool ReadOn()
    {
        foreach (var (line, whole) in _lines.Read(() => { Clear(); _isSealed = false; }))
        {
            if (!whole)
                continue;
            if (!_isSealed && LogLine.IsSealed(line.Span))
            {
                _isSealed = true;
                if (_steps.Count > 0)
                    return false;
            }
            if (_isSealed)
                TakeSealed(line.Span);
            else if (LogFile.Problem(line, whole, isSealed: false, LogFile.Metrics, isStrict: true, out var row, out _) is null && row is { } parsed)
                TakeParsed(parsed);
        }
        return true;
    }

    private void TakeSealed(ReadOnlySpan<byte> line)
    {
        if (!LogLine.Holds(line) || !TryFind(line, _step, out var at) || !Utf8Parser.TryParse(line[at..], out int step, out _) || step < 1)
            return;
        Begin(step);
        foreach (var (_, key, steps, values) in _columns)
        {
            if (!TryFind(line, key, out at))
                continue;
            var isNumber = Utf8Parser.TryParse(line[at..], out double value, out _);
            if (!isNumber && !line[at..].StartsWith("null"u8))
                continue;
            steps.Add(step);
            values.Add(isNumber ? value : double.NaN);
        }
    }

    private void TakeParsed(JsonElement row)
    {
        if (LogFile.Int32(row, "step") is not (> 0 and var step))
            return;
        Begin(step);
        foreach (var (name, _, steps, values) in _columns)
        {
            if (!row.TryGetProperty(name, out var value) || value.ValueKind is not (JsonValueKind.Number or JsonValueKind.Null))
                continue;
            steps.Add(step);
            values.Add(value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble());
        }
    }

    // Where a step appears again (a run that was killed and resumed), later rows replace earlier ones.
    private void Begin(int step)
    {
        Changes++;
        if (_steps.Count > 0 && step <= _steps[^1])
        {
            Cut(_steps, step);
            foreach (var (_, _, steps, values) in _columns)
                values.RemoveRange(Cut(steps, step), values.Count - steps.Count);
        }
        _steps.Add(step);
    }

    private static int Cut(List<int> steps, int step)
    {
        var at = steps.BinarySearch(step);
        at = at < 0 ? ~at : at;
        steps.RemoveRange(at, steps.Count - at);
        return at;
    }

    private void Clear()
    {
        Changes++;
        _steps.Clear();
        foreach (var (_, _, steps, values) in _columns)
        {
            steps.Clear();
            values.Clear();
        }
    }

    // Inside a text a quote has a backslash before it, never a brace or a comma.
    private static bool TryFind(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key, out int after)
    {
        after = 0;
        while (line[after..].IndexOf(key) is >= 0 and var found)
        {
            var at = after + found;
            after = at + key.Length;
            if (at > 0 && line[at - 1] is (byte)'{' or (byte)',')
                return true;
        }
        return false;
    }
}
