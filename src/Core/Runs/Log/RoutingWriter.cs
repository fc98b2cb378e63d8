using System.Buffers.Binary;

namespace MoELab.Runs.Log;

/// <summary>
/// Appends to <c>routing.bin</c>: a head (see <see cref="RoutingHead"/>), then records of int32 step, int32 checksum, int32
/// counts[layers x experts], all little-endian. Beyond a size limit the file is thinned: the spacing
/// <c>every</c> doubles and only steps that are multiples of it (and step 1) stay.
/// </summary>
public sealed class RoutingWriter : IDisposable
{
    private const int HeaderBytes = RoutingHead.Bytes;
    private readonly FileStream _stream;
    private RoutingHead _head;
    private readonly long _limit;

    /// <summary>Opens the file and cuts records past <paramref name="lastStep"/>; above <paramref name="limitBytes"/>, it is thinned.</summary>
    public RoutingWriter(string path, int layers, int experts, int lastStep, long limitBytes = 1L << 30)
    {
        _head = new RoutingHead(RoutingHead.Current, layers, experts, 1);
        _limit = limitBytes;
        // Without a buffer, so that a record that a full disk refuses is not tried again when the file closes.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        if (lastStep == 0 || _stream.Length < HeaderBytes)
        {
            _stream.SetLength(0);
            WriteHeader();
        }
        else
            Truncate(path, lastStep);
        _stream.Seek(0, SeekOrigin.End);
    }

    private int RecordBytes => checked((int)_head.RecordBytes);

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
        RoutingHead.SealRecord(record);
        _stream.Write(record);
        if (_stream.Length > _limit)
            Thin();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool IsKept(int step) => step == 1 || step % _head.Every == 0;

    private void WriteHeader()
    {
        _stream.Seek(0, SeekOrigin.Begin);
        _stream.Write(_head.Write());
    }

    // Up to the first record that lies past the step or is not what was written; records of an older version get checksums.
    private void Truncate(string path, int lastStep)
    {
        var header = new byte[HeaderBytes];
        _stream.Seek(0, SeekOrigin.Begin);
        _stream.ReadExactly(header);
        var found = RoutingHead.Read(header, path);
        _head = _head with { Every = found.Every };
        var record = new byte[RecordBytes];
        long position = HeaderBytes;
        for (; position + RecordBytes <= _stream.Length; position += RecordBytes)
        {
            _stream.Seek(position, SeekOrigin.Begin);
            _stream.ReadExactly(record);
            if (BinaryPrimitives.ReadInt32LittleEndian(record) > lastStep || !(found.Holds(record) || _head.Holds(record)))
                break;
            RoutingHead.SealRecord(record);
            if (found.Version == RoutingHead.Current)
                continue;
            _stream.Seek(position, SeekOrigin.Begin);
            _stream.Write(record);
        }
        _stream.SetLength(position);
        if (found.Version != RoutingHead.Current)
            WriteHeader();
    }

    private void Thin()
    {
        _head = _head with { Every = _head.Every * 2 };
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
        WriteHeader();
        _stream.Seek(0, SeekOrigin.End);
    }
}
