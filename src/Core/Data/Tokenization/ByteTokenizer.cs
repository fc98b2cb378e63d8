using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization;

/// <summary>Token ids are the bytes of UTF-8; id 256 is the separator.</summary>
internal sealed class ByteTokenizer : ITokenizer, ITokenSpelling
{
    public string Name => "bytes";

    public int VocabularySize => 257;

    public int Separator => 256;

    public int[] Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var ids = new int[bytes.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = bytes[i];
        return ids;
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new byte[tokens.Length];
        var count = 0;
        foreach (var token in tokens)
        {
            if (token is >= 0 and < 256)
                bytes[count++] = (byte)token;
        }
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    public int ByteLength(int token) => token is >= 0 and < 256 ? 1 : 0;

    public string Spell(int token) => token == 256 ? Tokenizers.EndOfText : token is >= 0 and < 256 ? ByteAlphabet.ToText([(byte)token]) : "";
}
