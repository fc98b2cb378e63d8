namespace MoELab.Data.Sources;

/// <summary>
/// Decompressed content. Throws one sentence if the content is damaged or disproportionately large: more than 64 MiB and 500
/// times the file, or 64 GiB.
/// </summary>
internal sealed class DecompressedStream(Stream content, string path, long compressed) : Stream
{
    /// <summary>Decompressed size in bytes that is always allowed.</summary>
    public const long AlwaysAllowedBytes = 64L << 20;

    /// <summary>Maximum decompressed size, as a multiple of the file's size.</summary>
    public const long MaxRatio = 500;

    /// <summary>Maximum decompressed size of any file in bytes.</summary>
    public const long MaxBytes = 64L << 30;

    private long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = content.Read(buffer);
        }
        // On damaged data, decoders throw all kinds of exceptions, such as an index out of range.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var format = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? "gzip" : "zstd";
            throw new InputException($"{path}: cannot be decompressed ({e.Message.TrimEnd('.')}); expected a complete {format} file", e);
        }
        _read += count;
        if (_read > MaxBytes || (_read > AlwaysAllowedBytes && _read > MaxRatio * compressed))
            throw new InputException($"{path}: {compressed:N0} bytes decompress to more than {_read:N0}; "
                + $"expected at most {MaxRatio} times the file (or 64 MiB) and 64 GiB");
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            content.Dispose();
        base.Dispose(disposing);
    }
}
