using System.Buffers.Binary;

namespace MoELab.Runs;

/// <summary>
/// Appends to <c>routing.bin</c>: a header (8 bytes <c>MOELABR1</c>, int32 version, layers, experts, every), then records of int32
/// step, int32 zero, int32 counts[layers x experts], all little-endian. Beyond a size limit the file is thinned: the spacing
/// <c>every</c> doubles and only steps that are multiples of it (and step 1) stay.
/// </summary>
public sealed class RoutingWriter : IDisposable
{
    internal const int HeaderBytes = 24;
    private readonly FileStream _stream;
    private readonly int _values;
    private readonly long _limit;
    private int _every = 1;

    /// <summary>Opens the file; records past <paramref name="lastStep"/> are cut off.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layers">MoE layers.</param>
    /// <param name="experts">Experts per layer.</param>
    /// <param name="lastStep">Last step to keep.</param>
    /// <param name="limitBytes">Size beyond which the file is thinned.</param>
    public RoutingWriter(string path, int layers, int experts, int lastStep, long limitBytes = 1L << 30)
    {
        _values = layers * experts;
        _limit = limitBytes;
        // Without a buffer, so that a record that a full disk refuses is not tried again when the file closes.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        if (lastStep == 0 || _stream.Length < HeaderBytes)
        {
            _stream.SetLength(0);
            WriteHeader(layers, experts);
        }
        else
        {
            Truncate(lastStep);
        }
        _stream.Seek(0, SeekOrigin.End);
    }

    private static ReadOnlySpan<byte> Magic => "MOELABR1"u8;

    private int RecordBytes => 8 + (4 * _values);

    /// <summary>Appends one step's counts [layers, experts].</summary>
    public void Write(int step, long[,] counts)
    {
        if (!IsKept(step))
            return;
        var record = new byte[RecordBytes];
        BinaryPrimitives.WriteInt32LittleEndian(record, step);
        var at = 8;
        foreach (var count in counts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(at), checked((int)count));
            at += 4;
        }
        _stream.Write(record);
        _stream.Flush();
        if (_stream.Length > _limit)
            Thin();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool IsKept(int step) => step == 1 || step % _every == 0;

    private void WriteHeader(int layers, int experts)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), 1);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), layers);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), experts);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), _every);
        _stream.Write(header);
        _stream.Flush();
    }

    private void Truncate(int lastStep)
    {
        var word = new byte[4];
        _stream.Seek(20, SeekOrigin.Begin);
        _stream.ReadExactly(word);
        _every = Math.Max(1, BinaryPrimitives.ReadInt32LittleEndian(word));
        long position = HeaderBytes;
        while (position + RecordBytes <= _stream.Length)
        {
            _stream.Seek(position, SeekOrigin.Begin);
            _stream.ReadExactly(word);
            if (BinaryPrimitives.ReadInt32LittleEndian(word) > lastStep)
                break;
            position += RecordBytes;
        }
        _stream.SetLength(position);
    }

    private void Thin()
    {
        _every *= 2;
        var record = new byte[RecordBytes];
        long read = HeaderBytes, write = HeaderBytes;
        for (; read + RecordBytes <= _stream.Length; read += RecordBytes)
        {
            _stream.Seek(read, SeekOrigin.Begin);
            _stream.ReadExactly(record);
            if (!IsKept(BinaryPrimitives.ReadInt32LittleEndian(record)))
                continue;
            _stream.Seek(write, SeekOrigin.Begin);
            _stream.Write(record);
            write += RecordBytes;
        }
        _stream.SetLength(write);
        var spacing = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(spacing, _every);
        _stream.Seek(20, SeekOrigin.Begin);
        _stream.Write(spacing);
        _stream.Seek(0, SeekOrigin.End);
        _stream.Flush();
    }
}
