using System.Buffers.Binary;
using System.Numerics;

namespace MoELab.Runs.Log;

/// <summary>CRC-32C (Castagnoli) as the logs carry it.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
