using System.Buffers.Binary;
using MoELab.Runs.Log;

namespace MoELab.Runs.Export;

/// <summary>
/// Writes TensorBoard's event file: TFRecord frames (length, masked CRC-32C of the length, payload, masked CRC-32C of the
/// payload) around <c>Event</c> messages in protocol-buffer encoding, scalars as <c>simple_value</c>.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private readonly BinaryWriter _file;

    public TensorBoardFile(string path, double wallTime)
    {
        _file = new BinaryWriter(File.Create(path));
        Frame(Message(first =>
        {
            Double(first, 1, wallTime);
            Bytes(first, 3, "brain.Event:2"u8);
        }));
    }

    public void Scalar(string tag, long step, double wallTime, float value)
    {
        var summaryValue = Message(to =>
        {
            Bytes(to, 1, Encoding.UTF8.GetBytes(tag));
            Key(to, 2, 5);
            to.Write(value);
        });
        Frame(Message(to =>
        {
            Double(to, 1, wallTime);
            Key(to, 2, 0);
            to.Write7BitEncodedInt64(step);
            Bytes(to, 5, Message(summary => Bytes(summary, 1, summaryValue)));
        }));
    }

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
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)payload.Length);
        _file.Write(length);
        _file.Write(MaskedCrc(length));
        _file.Write(payload);
        _file.Write(MaskedCrc(payload));
    }

    private static byte[] Message(Action<BinaryWriter> write)
    {
        var bytes = new MemoryStream();
        write(new BinaryWriter(bytes));
        return bytes.ToArray();
    }

    private static void Double(BinaryWriter to, int field, double value)
    {
        Key(to, field, 1);
        to.Write(value);
    }

    private static void Bytes(BinaryWriter to, int field, ReadOnlySpan<byte> value)
    {
        Key(to, field, 2);
        to.Write7BitEncodedInt(value.Length);
        to.Write(value);
    }

    private static void Key(BinaryWriter to, int field, int wireType) => to.Write7BitEncodedInt((field << 3) | wireType);
}
