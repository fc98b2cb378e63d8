using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Tokenizers;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>
/// OpenAI's <c>o200k_base</c>: 199,998 tokens; the separator is its end of text, 199999. Microsoft.ML.Tokenizers has the tables
/// and merges each piece; the pre-tokenization is ours, because its own treats a letter above U+FFFF as two symbols.
/// Loaded on first use, because the tables take about half a second.
/// </summary>
internal sealed class O200kTokenizer() : PieceTokenizer(new TokenizerSteps { Cuts = [BpePattern.O200kSplit] })
{
    private const int EndOfTextId = 199_999;
    private readonly Lazy<TiktokenTokenizer> _encoder = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private readonly Lazy<byte[][]> _tokens = new(ReadTokens);

    public override string Name => "o200k_base";
    public override int VocabularySize => EndOfTextId + 1;
    public override int Separator => EndOfTextId;
    public override byte[][] Tokens => _tokens.Value;

    public override string Spell(int token) => token == EndOfTextId ? Tokenizers.EndOfText : ByteAlphabet.ToText(Bytes(token));

    protected override int[] EncodePiece(ReadOnlySpan<char> piece) =>
        [.. _encoder.Value.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false)];

    private static byte[][] ReadTokens()
    {
        var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.O200kBase");
        var name = data.GetManifestResourceNames().First(n => n.Contains("o200k_base", StringComparison.Ordinal));
        var tokens = new byte[EndOfTextId][];
        Array.Fill(tokens, []);
        using var reader = new StreamReader(new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress));
        for (var id = 0; reader.ReadLine() is { } line;)
        {
            // After a line with the count, each line is a token's bytes in base64, in the order of the ids.
            if (!line.Contains(':', StringComparison.Ordinal) && id < EndOfTextId)
                tokens[id++] = Convert.FromBase64String(line);
        }
        return tokens;
    }
}
