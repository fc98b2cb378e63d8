using System.Buffers.Binary;
using System.Numerics;

namespace MoELab.Runs.Log;

/// <summary>
/// The head of <c>routing.bin</c>, 24 bytes: <c>MOELABR1</c>, then int32 version, layers, experts and spacing, little-endian. In version 2
/// the spacing's lowest byte is the exponent of a power of two and the other three are the CRC-32C of the 21 bytes before them, cut to 24
/// bits; each record's second int32 is the CRC-32C of its other bytes. Version 1 holds the spacing itself, and zero in each record.
/// </summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Layers">Rows of a record.</param>
/// <param name="Experts">Columns of a record.</param>
/// <param name="Every">Only steps that are multiples of it (and step 1) have a record.</param>
internal readonly record struct RoutingHead(int Version, int Layers, int Experts, int Every)
{
    /// <summary>The version that is written.</summary>
    public const int Current = 2;

    public const int Bytes = 24;

    /// <summary>Counts that a record may have: more than any recipe's layers and experts come to.</summary>
    public const long MostCells = 1L << 26;

    public long RecordBytes => 8 + (4L * Layers * Experts);

    private static ReadOnlySpan<byte> Magic => "MOELABR1"u8;

    /// <exception cref="InputException">The file is something else, of another version, or damaged.</exception>
    public static RoutingHead Read(ReadOnlySpan<byte> bytes, string path)
    {
        if (!bytes[..8].SequenceEqual(Magic))
            throw new InputException($"{path}: not a routing log; expected it to start with MOELABR1");
        var (version, layers, experts, spacing) = (Int32(bytes, 8), Int32(bytes, 12), Int32(bytes, 16), Int32(bytes, 20));
        if (version is not (1 or Current) || layers < 1 || experts < 1)
            throw new InputException($"{path}: version {version}, {layers} layers, {experts} experts; "
                + $"expected version 1 or {Current} and at least one of each");
        if ((long)layers * experts > MostCells)
            throw new InputException($"{path}: {layers} layers of {experts} experts; expected at most {MostCells} counts in a record");
        var holds = version == 1 ? spacing == 0 || BitOperations.IsPow2(spacing) : (uint)spacing >> 8 == Seal(bytes);
        if (!holds)
            throw new InputException($"{path}: its head is damaged; the checksum is wrong");
        return new RoutingHead(version, layers, experts, version == 1 ? Math.Max(1, spacing) : 1 << (spacing & 31));
    }

    /// <summary>The head as bytes, of the version that is written.</summary>
    public byte[] Write()
    {
        var bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Current);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Layers);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Experts);
        bytes[20] = (byte)BitOperations.Log2((uint)Every);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), (Seal(bytes) << 8) | bytes[20]);
        return bytes;
    }

    /// <summary>Whether a record is what was written.</summary>
    public bool Holds(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) == (Version == 1 ? 0 : Seal(record[..4], record[8..]));

    /// <summary>Puts a record's checksum into it.</summary>
    public static void SealRecord(Span<byte> record) => BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Seal(record[..4], record[8..]));

    private static uint Seal(ReadOnlySpan<byte> head) => Checksum.Of(head[..21]) & 0xFFFFFF;

    // The step's checksum and the counts' are one: neither can change without the other.
    private static uint Seal(ReadOnlySpan<byte> step, ReadOnlySpan<byte> counts) =>
        Checksum.Of(step) ^ BitOperations.RotateLeft(Checksum.Of(counts), 1);

    private static int Int32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
}
