using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Tokenizers;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>
/// OpenAI's <c>o200k_base</c>: 199,998 tokens; the separator is its end of text, 199999. Microsoft.ML.Tokenizers has the tables
/// and merges each piece; the pre-tokenization is ours, because its own treats a letter above U+FFFF as two symbols.
/// Loaded on first use, because the tables take about half a second.
/// </summary>
internal sealed class O200kTokenizer : ITokenizer, ITokenSpelling
{
    private const int EndOfTextId = 199_999, CachedPieces = 1 << 18, CachedLength = 32;
    private static readonly TokenizerSteps Steps = new() { Cuts = [BpePattern.O200kSplit] };
    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private readonly Lazy<TiktokenTokenizer> _encoder = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private readonly Lazy<byte[][]> _bytes = new(ReadBytes);
    private int _cached;

    public string Name => "o200k_base";

    public int VocabularySize => EndOfTextId + 1;

    public int Separator => EndOfTextId;

    /// <summary>Bytes of each token in the order of their ranks.</summary>
    public IReadOnlyList<byte[]> Tokens => _bytes.Value;

    public int[] Encode(string text)
    {
        text = UnicodeText.WellFormed(text);
        var ids = new List<int>((text.Length / 4) + 8);
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, _) in Steps.Cut(text.AsMemory(), true))
        {
            if (!lookup.TryGetValue(piece.Span, out var known))
            {
                known = [.. _encoder.Value.EncodeToIds(piece.Span, considerPreTokenization: false, considerNormalization: false)];
                if (piece.Length <= CachedLength && _cached < CachedPieces && lookup.TryAdd(piece.Span, known))
                    Interlocked.Increment(ref _cached);
            }
            ids.AddRange(known);
        }
        return [.. ids];
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token is >= 0 and < EndOfTextId)
                bytes.AddRange(_bytes.Value[token]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    public int ByteLength(int token) => token is >= 0 and < EndOfTextId ? _bytes.Value[token].Length : 0;

    public string Spell(int token) =>
        token == EndOfTextId ? Tokenizers.EndOfText : token is >= 0 and < EndOfTextId ? ByteAlphabet.ToText(_bytes.Value[token]) : "";

    private static byte[][] ReadBytes()
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
