using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>
/// Decompressed content that ends with a sentence when it is damaged, or when it grows beyond all proportion: more than 64 MiB and 500
/// times the file, or 64 GiB.
/// </summary>
internal sealed class DecompressedStream(Stream content, string path, long compressed) : Stream
{
    /// <summary>Bytes that any file may hold.</summary>
    public const long Free = 64L << 20;

    /// <summary>Times its own size that a file may hold.</summary>
    public const long MostTimes = 500;

    /// <summary>Bytes that no file may hold more of.</summary>
    public const long Most = 64L << 30;

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
        // Decoders raise what they stumble on in damaged data, an index out of range included.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new RecipeException($"{path}: cannot be decompressed ({e.Message.TrimEnd('.')}); expected a whole {(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? "gzip" : "zstd")} file", e);
        }
        _read += count;
        if (_read > Most || (_read > Free && _read > MostTimes * compressed))
            throw new RecipeException($"{path}: {compressed:N0} bytes decompress to more than {_read:N0}; expected at most {MostTimes} times the file (or 64 MiB) and 64 GiB");
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
