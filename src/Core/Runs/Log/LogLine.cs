using System.Buffers;

namespace MoELab.Runs.Log;

/// <summary>
/// One line of <c>metrics.jsonl</c> or <c>events.jsonl</c>: a JSON object whose last key <c>crc</c> holds, in eight hex digits, the CRC-32C of
/// the line's bytes before it.
/// </summary>
internal static class LogLine
{
    private const int DigitsAt = 8, SealBytes = 18;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    private static ReadOnlySpan<byte> Head => ",\"crc\":\""u8;

    private static ReadOnlySpan<byte> Tail => "\"}"u8;

    /// <summary>A JSON object as the bytes of a line with its checksum and its end.</summary>
    public static byte[] Seal(string json)
    {
        var body = Encoding.UTF8.GetBytes(json).AsSpan(..^1);
        return [.. body, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"crc\":\"{Checksum.Of(body):x8}\"}}\n"))];
    }

    /// <summary>Whether a line ends with a checksum, right or wrong.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> line)
    {
        if (line.Length <= SealBytes)
            return false;
        var seal = line[^SealBytes..];
        return seal[..DigitsAt].SequenceEqual(Head) && seal[^2..].SequenceEqual(Tail) && seal[DigitsAt..^2].IndexOfAnyExcept(Digits) < 0;
    }

    public static bool Holds(ReadOnlySpan<byte> line) => IsSealed(line)
        && uint.Parse(line[^(SealBytes - DigitsAt)..^2], NumberStyles.AllowHexSpecifier) == Checksum.Of(line[..^SealBytes]);
}
