namespace MoELab.Data.Tokenization.Pieces;

/// <summary>GPT-2's printable stand-ins: every byte has one character, so that token bytes can be JSON strings.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Make();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((c, b) => (c, b)).ToDictionary(x => x.c, x => (byte)x.b);

    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length];
        for (var i = 0; i < text.Length; i++)
            text[i] = Characters[bytes[i]];
        return new string(text);
    }

    /// <summary>The bytes, or null if a character represents none.</summary>
    public static byte[]? ToBytes(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!Bytes.TryGetValue(text[i], out bytes[i]))
                return null;
        }
        return bytes;
    }

    private static char[] Make()
    {
        var characters = new char[256];
        var extra = 0;
        for (var b = 0; b < 256; b++)
            characters[b] = b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)b : (char)(256 + extra++);
        return characters;
    }
}
