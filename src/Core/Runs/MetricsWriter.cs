using System.Text;
using System.Text.Json.Nodes;

namespace MoELab.Runs;

/// <summary>Appends to <c>metrics.jsonl</c>: one flushed object per optimizer step.</summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens the file; rows past <paramref name="lastStep"/> and a torn last line are cut off.</summary>
    public MetricsWriter(string path, int lastStep)
    {
        // Without a buffer, so that a row that a full disk refuses is not tried again when the file closes.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _stream.SetLength(LengthUpTo(_stream, lastStep));
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends a row.</summary>
    public void Write(MetricRow row)
    {
        _stream.Write(Encoding.UTF8.GetBytes(row.ToJson() + "\n"));
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static long LengthUpTo(FileStream stream, int lastStep)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        var text = reader.ReadToEnd();
        var kept = 0;
        while (kept < text.Length)
        {
            var end = text.IndexOf('\n', kept);
            if (end < 0 || StepOf(text[kept..end]) is not { } step || step > lastStep)
                break;
            kept = end + 1;
        }
        return Encoding.UTF8.GetByteCount(text.AsSpan(0, kept));
    }

    private static int? StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<int>();
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
