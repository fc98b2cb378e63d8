using System.Collections.Concurrent;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>Encodes as Hugging Face's tokenizers do: added tokens are found, the text is normalized and split, and each piece is encoded.</summary>
internal abstract class PieceTokenizer(TokenizerSteps steps) : ITokenizer, ITokenSpelling
{
    private const int CachedPieces = 1 << 18, CachedLength = 32;
    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private int _cached;

    public abstract string Name { get; }
    public abstract int VocabularySize { get; }
    public abstract int Separator { get; }

    /// <summary>Bytes of each token by id; empty for the separator and for an id without a token.</summary>
    public abstract byte[][] Tokens { get; }

    protected TokenizerSteps Steps => steps;

    public abstract string Spell(int token);

    protected abstract int[] EncodePiece(ReadOnlySpan<char> piece);

    public int[] Encode(string text)
    {
        text = UnicodeText.WellFormed(text);
        var ids = new List<int>((text.Length / 3) + 8);
        foreach (var (start, end, id) in steps.Literal.Split(text))
        {
            if (id is { } added)
                ids.Add(added);
            else
                Normalize(text[start..end], start == 0, ids);
        }
        return [.. ids];
    }

    public virtual string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
            bytes.AddRange(Bytes(token));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    public int ByteLength(int token) => Bytes(token).Length;

    public byte[] Bytes(int token) => token >= 0 && token < Tokens.Length ? Tokens[token] : [];

    private void Normalize(string text, bool atStart, List<int> ids)
    {
        text = steps.Normalizer?.Invoke(text) ?? text;
        foreach (var (start, end, id) in steps.Normalized.Split(text))
        {
            if (id is { } added)
                ids.Add(added);
            else
                Encode(text.AsMemory(start..end), atStart && start == 0, ids);
        }
    }

    private void Encode(ReadOnlyMemory<char> text, bool atStart, List<int> ids)
    {
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, _) in steps.Cut(text, atStart))
        {
            if (!lookup.TryGetValue(piece.Span, out var known))
            {
                known = EncodePiece(piece.Span);
                // Counted separately, because the dictionary's own count takes all its locks.
                if (piece.Length <= CachedLength && _cached < CachedPieces && lookup.TryAdd(piece.Span, known))
                    Interlocked.Increment(ref _cached);
            }
            ids.AddRange(known);
        }
    }
}
