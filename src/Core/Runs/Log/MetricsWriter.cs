namespace MoELab.Runs.Log;

/// <summary>Appends to <c>metrics.jsonl</c>: one flushed object per optimizer step, with its checksum as last key.</summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens the file and cuts rows past <paramref name="lastStep"/> and a torn last line; rows of an older version get checksums.</summary>
    public MetricsWriter(string path, int lastStep)
    {
        LogRewrite.Seal(path);
        // Without a buffer, so that a row that a full disk refuses is not tried again when the file closes.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _stream.SetLength(LengthUpTo(path, lastStep));
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends a row.</summary>
    public void Write(MetricRow row) => _stream.Write(LogLine.Seal(row.ToJson()));

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    // Up to the first row that lies past the step or is not what was written.
    private static long LengthUpTo(string path, int lastStep)
    {
        long kept = 0;
        using var rows = LogFile.Rows(path).GetEnumerator();
        foreach (var (line, whole) in ByteLines.Read(path))
        {
            if (!whole || !rows.MoveNext() || !rows.Current.Line.Span.SequenceEqual(line.Span)
                || rows.Current.Row.GetProperty("step").GetInt32() > lastStep)
                break;
            kept += line.Length + 1;
        }
        return kept;
    }
}
