namespace MoELab.Plugins.Parquet;

/// <summary>
/// A file that a decoder cannot read without end: reads fail once it is closed, when they go on after the file's end, and when they
/// have taken many times the file's bytes.
/// </summary>
internal sealed class WatchedFile(string path) : Stream
{
    private const int MostEmptyReads = 1_000;
    private const long MostTimes = 16;
    private readonly FileStream _file = File.OpenRead(path);
    private volatile bool _stopped;
    private long _read;
    private int _empty;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _file.Length;

    public override long Position { get => _file.Position; set => _file.Position = value; }

    /// <summary>Lets every later read fail, so that a decoder on another thread ends.</summary>
    public void Stop() => _stopped = true;

    public override int Read(Span<byte> buffer)
    {
        if (_stopped)
            throw new IOException("reading was stopped");
        var count = _file.Read(buffer);
        _read += count;
        _empty = count == 0 && buffer.Length > 0 ? _empty + 1 : 0;
        if (_empty > MostEmptyReads)
            throw new EndOfStreamException("it is read on behind its end");
        if (_read > (MostTimes * _file.Length) + (1 << 20))
            throw new InvalidDataException("the same bytes are read again and again");
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
