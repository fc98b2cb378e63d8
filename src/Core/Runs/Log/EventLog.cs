using MoELab.Runs.Folder;

namespace MoELab.Runs.Log;

/// <summary>Appends to <c>events.jsonl</c>. The file is opened once: if the folder goes, nothing is written in its place.</summary>
public sealed class EventLog(string path) : IDisposable
{
    private FileStream? _stream;

    /// <summary>Raised after an event was written, on the writer's thread.</summary>
    public event Action<RunEvent>? Written;

    /// <summary>Appends an event that happened after a step, 0 before the first; the message is one sentence.</summary>
    public void Write(int step, EventKind kind, string message, JsonObject? data = null)
    {
        var happened = new RunEvent(DateTimeOffset.UtcNow, step, LogWords<EventKind>.Of(kind), message, data);
        var node = new JsonObject
        {
            ["time"] = happened.Time!.Value.ToString("O"),
            ["step"] = step,
            ["kind"] = happened.Word,
            ["message"] = message,
        };
        if (data is not null)
            node["data"] = data.DeepClone();
        _stream ??= Open(path);
        var end = _stream.Seek(0, SeekOrigin.End);
        try
        {
            _stream.Write(LogLine.Seal(node.ToJsonString(OptionsBinder.Json)));
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            // A partial line on a full disk must not precede the next event.
            _stream.SetLength(end);
            throw;
        }
        Written?.Invoke(happened);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    // A torn last line, which a writer that died left, goes: whoever writes is alone.
    private static FileStream Open(string path)
    {
        LogRewrite.Seal(path);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long whole = 0;
        foreach (var (line, ended) in ByteLines.Read(path))
        {
            if (ended)
                whole += line.Length + 1;
            else if (LogLine.Holds(line.Span))
            {
                stream.Seek(0, SeekOrigin.End);
                stream.WriteByte((byte)'\n');
                whole = stream.Length;
            }
        }
        stream.SetLength(whole);
        return stream;
    }
}
