using System.Collections.Concurrent;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>
/// BPE as in Hugging Face's tokenizers: added tokens are found, the text is normalized and split, and pairs are merged within each piece.
/// </summary>
/// <param name="name">The name that a recipe uses.</param>
/// <param name="model">Vocabulary and merges.</param>
/// <param name="steps">The steps before the merges.</param>
internal sealed class BpeTokenizer(string name, BpeModel model, TokenizerSteps steps) : ITokenizer, ITokenSpelling
{
    private const int CachedPieces = 1 << 18, CachedLength = 32;
    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private int _cached;

    public string Name => name;

    public int VocabularySize => model.Tokens.Length;

    public int Separator => model.Separator;

    public BpeModel Model => model;

    /// <summary>The bytes of the tokenizer.json from which this was read; null for a trained tokenizer.</summary>
    public byte[]? Source { get; init; }

    /// <summary>Number of spaces to remove at the start of a decoded text (SentencePiece adds one).</summary>
    public int LeadingSpaces { get; init; }

    public int[] Encode(string text)
    {
        text = UnicodeText.WellFormed(text);
        var ids = new List<int>((text.Length / 3) + 8);
        if (steps.Literal is null)
        {
            Normalize(text, true, ids);
        }
        else
        {
            foreach (var (start, end, id) in steps.Literal.Split(text))
            {
                if (id is { } added)
                    ids.Add(added);
                else
                    Normalize(text[start..end], start == 0, ids);
            }
        }
        return [.. ids];
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token >= 0 && token < model.Tokens.Length)
                bytes.AddRange(model.Tokens[token]);
        }
        var text = Encoding.UTF8.GetString([.. bytes]);
        var leading = 0;
        while (leading < LeadingSpaces && leading < text.Length && text[leading] == ' ')
            leading++;
        return text[leading..];
    }

    public int ByteLength(int token) => token >= 0 && token < model.Tokens.Length ? model.Tokens[token].Length : 0;

    public string Spell(int token) => token >= 0 && token < model.Spellings.Length ? model.Spellings[token] : "";

    private void Normalize(string text, bool atStart, List<int> ids)
    {
        if (steps.Normalizer is { } normalizer)
            text = normalizer(text);
        if (steps.Normalized is null)
        {
            Merge(text.AsMemory(), atStart, ids);
            return;
        }
        foreach (var (start, end, id) in steps.Normalized.Split(text))
        {
            if (id is { } added)
                ids.Add(added);
            else
                Merge(text.AsMemory(start..end), atStart && start == 0, ids);
        }
    }

    private void Merge(ReadOnlyMemory<char> text, bool atStart, List<int> ids)
    {
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, _) in steps.Cut(text, atStart))
        {
            var span = piece.Span;
            if (!lookup.TryGetValue(span, out var known))
            {
                known = model.Encode(steps.SpellsBytes ? ByteSpelling.Spell(span) : span);
                // Counted separately, because the dictionary's own count takes all its locks.
                if (span.Length <= CachedLength && _cached < CachedPieces && lookup.TryAdd(span, known))
                    Interlocked.Increment(ref _cached);
            }
            ids.AddRange(known);
        }
    }
}
