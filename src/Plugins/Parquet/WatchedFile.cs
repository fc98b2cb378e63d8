namespace MoELab.Plugins.Parquet;

/// <summary>
/// A file that a decoder cannot read for ever: reads fail once it is stopped, when they go past the end of the file, and when they have read many
/// times as many bytes as the file has.
/// </summary>
internal sealed class WatchedFile(string path) : Stream
{
    private const int MaxEmptyReads = 1_000;
    private const long MaxRatio = 16;
    private readonly FileStream _file = File.OpenRead(path);
    private volatile bool _stopped;
    private long _read;
    private int _empty;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => _file.Length;
    public override long Position { get => _file.Position; set => _file.Position = value; }

    /// <summary>Makes every later read fail, so that a decoder on another thread ends.</summary>
    public void Stop() => _stopped = true;

    public override int Read(Span<byte> buffer)
    {
        if (_stopped)
            throw new IOException("reading was stopped");
        var count = _file.Read(buffer);
        _read += count;
        _empty = count == 0 && buffer.Length > 0 ? _empty + 1 : 0;
        if (_empty > MaxEmptyReads)
            throw new EndOfStreamException("the decoder reads past the end");
        if (_read > (MaxRatio * _file.Length) + (1 << 20))
            throw new InvalidDataException("the decoder reads the same bytes again and again");
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
