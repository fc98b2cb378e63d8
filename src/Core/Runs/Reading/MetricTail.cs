using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>The newest values of a log of metrics, looked for from its end: what it costs does not depend on how long the run is.</summary>
/// <param name="path">The log; it may appear later.</param>
/// <param name="metrics">Which ones; one that the last <see cref="MostBytes"/> bytes do not have counts as absent.</param>
internal sealed class MetricTail(string path, params IReadOnlyList<string> metrics)
{
    /// <summary>How far back a value is looked for.</summary>
    public const int MostBytes = 4 << 20;

    private const int FirstBytes = 1 << 16;
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private long _read;

    /// <summary>The last step, 0 before the first.</summary>
    public int Step { get; private set; }

    /// <summary>A metric's last finite value.</summary>
    public double? this[string metric] => _values.TryGetValue(metric, out var value) ? value : null;

    /// <summary>Looks at what was written since.</summary>
    public void Refresh()
    {
        var length = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        if (length < _read)
        {
            _values.Clear();
            (Step, _read) = (0, 0);
        }
        if (length == _read)
            return;
        var missing = metrics.ToHashSet(StringComparer.Ordinal);
        // A little before the old end, where a row may have been torn.
        var from = Math.Max(0, Math.Max(length - MostBytes, _read - FirstBytes));
        var last = 0;
        for (long size = FirstBytes; ; size *= 8)
        {
            var start = Math.Max(from, length - size);
            Search(start, (int)(length - start), missing, ref last);
            if (start == from || missing.Count == 0)
                break;
        }
        (Step, _read) = (last > 0 ? last : Step, length);
    }

    private void Search(long start, int count, HashSet<string> missing, ref int last)
    {
        var bytes = new byte[count];
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            file.Position = start;
            count = file.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        }
        var end = bytes.AsSpan(0, count).LastIndexOf((byte)'\n');
        while (end > 0 && (missing.Count > 0 || last == 0))
        {
            var begin = bytes.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
            if (begin == 0 && start > 0)
                break;
            var line = bytes.AsMemory(begin, end - begin);
            if (last == 0 || missing.Any(m => Names(line.Span, m)))
                Take(line, missing, ref last);
            end = begin - 1;
        }
    }

    private static bool Names(ReadOnlySpan<byte> line, string metric)
    {
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetMaxByteCount(metric.Length)];
        return line.IndexOf(name[..Encoding.UTF8.GetBytes(metric, name)]) >= 0;
    }

    private void Take(ReadOnlyMemory<byte> line, HashSet<string> missing, ref int last)
    {
        if (LogFile.Problem(line, whole: true, LogLine.IsSealed(line.Span), LogFile.Metrics, isStrict: false, out var found, out _) is not null
            || found is not { } row)
            return;
        last = Math.Max(last, LogFile.Int32(row, "step") ?? 0);
        foreach (var metric in missing.ToArray())
            if (row.TryGetProperty(metric, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.Number
                && value.GetDouble() is var number && double.IsFinite(number))
            {
                _values[metric] = number;
                missing.Remove(metric);
            }
    }
}
