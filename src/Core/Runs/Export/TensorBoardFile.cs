using System.Buffers.Binary;
using MoELab.Runs.Log;

namespace MoELab.Runs.Export;

/// <summary>
/// Writes TensorBoard's event file: TFRecord frames (length, masked CRC-32C of the length, payload, masked CRC-32C of the
/// payload) around <c>Event</c> messages in protocol-buffer encoding, scalars as <c>simple_value</c>.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private readonly Stream _file;

    public TensorBoardFile(string path, double wallTime)
    {
        _file = File.Create(path);
        var first = new MemoryStream();
        Double(first, 1, wallTime);
        Bytes(first, 3, "brain.Event:2"u8);
        Frame(first.ToArray());
    }

    /// <summary>One scalar of one step.</summary>
    public void Scalar(string tag, long step, double wallTime, float value)
    {
        var summaryValue = new MemoryStream();
        Bytes(summaryValue, 1, Encoding.UTF8.GetBytes(tag));
        Key(summaryValue, 2, 5);
        Span<byte> single = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(single, value);
        summaryValue.Write(single);

        var summary = new MemoryStream();
        Bytes(summary, 1, summaryValue.ToArray());

        var message = new MemoryStream();
        Double(message, 1, wallTime);
        Key(message, 2, 0);
        Varint(message, (ulong)step);
        Bytes(message, 5, summary.ToArray());
        Frame(message.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>TFRecord's masked CRC-32C (Castagnoli).</summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = Checksum.Of(data);
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
    }

    private void Frame(byte[] payload)
    {
        Span<byte> length = stackalloc byte[8];
        Span<byte> crc = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)payload.Length);
        _file.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(crc, MaskedCrc(length));
        _file.Write(crc);
        _file.Write(payload);
        BinaryPrimitives.WriteUInt32LittleEndian(crc, MaskedCrc(payload));
        _file.Write(crc);
    }

    private static void Double(Stream to, int field, double value)
    {
        Key(to, field, 1);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        to.Write(bytes);
    }

    private static void Bytes(Stream to, int field, ReadOnlySpan<byte> value)
    {
        Key(to, field, 2);
        Varint(to, (ulong)value.Length);
        to.Write(value);
    }

    private static void Key(Stream to, int field, int wireType) => Varint(to, (ulong)((field << 3) | wireType));

    private static void Varint(Stream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
