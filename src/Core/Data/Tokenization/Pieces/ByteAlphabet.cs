namespace MoELab.Data.Tokenization.Pieces;

/// <summary>GPT-2's printable stand-ins: every byte has one character, so that token bytes can be JSON strings.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Make();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((c, b) => (c, b)).ToDictionary(x => x.c, x => (byte)x.b);

    /// <summary>Spells a piece's bytes.</summary>
    public static readonly PieceStep Step = (piece, into) => into.Add(piece with { Text = Spell(piece.Text.Span).AsMemory() });

    public static string Spell(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return ToText(bytes);
    }

    public static string ToText(byte[] bytes) => new(Array.ConvertAll(bytes, b => Characters[b]));

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
        var extra = 256;
        return [.. Enumerable.Range(0, 256)
            .Select(b => (char)(b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? b : extra++))];
    }
}
