using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization;

/// <summary>Token ids are the bytes of UTF-8; id 256 is the separator.</summary>
internal sealed class ByteTokenizer : ITokenizer, ITokenSpelling
{
    public string Name => "bytes";
    public int VocabularySize => 257;
    public int Separator => 256;

    public int[] Encode(string text) => Array.ConvertAll(Encoding.UTF8.GetBytes(text), b => (int)b);

    public string Decode(ReadOnlySpan<int> tokens) =>
        Encoding.UTF8.GetString([.. tokens.ToArray().Where(t => t is >= 0 and < 256).Select(t => (byte)t)]);

    public int ByteLength(int token) => token is >= 0 and < 256 ? 1 : 0;

    public byte[] Bytes(int token) => token is >= 0 and < 256 ? [(byte)token] : [];

    public string Spell(int token) => token == 256 ? Tokenizers.EndOfText : token is >= 0 and < 256 ? ByteAlphabet.ToText([(byte)token]) : "";
}
