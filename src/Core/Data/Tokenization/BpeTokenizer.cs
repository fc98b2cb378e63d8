using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace MoELab.Data;

/// <summary>Byte-level BPE: text is cut into pieces, and in each piece the pair with the lowest rank merges until none is left.</summary>
internal sealed class BpeTokenizer(string name, BpeModel model, Regex pattern) : ITokenizer
{
    private const int CachedPieces = 1 << 18;
    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private int _cached;
    private readonly Dictionary<string, int>? _whole = model.WholePieces ? Whole(model) : null;

    public string Name => name;

    public int VocabularySize => model.Tokens.Length;

    public int Separator => model.Separator;

    public BpeModel Model => model;

    public Regex Pattern => pattern;

    /// <summary>Put before the text when it does not start with white space (<c>add_prefix_space</c>).</summary>
    public bool PrefixSpace { get; init; }

    public int[] Encode(string text)
    {
        if (PrefixSpace && text.Length > 0 && !char.IsWhiteSpace(text[0]))
            text = ' ' + text;
        var ids = new List<int>((text.Length / 3) + 8);
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        var at = 0;
        foreach (var match in pattern.EnumerateMatches(text))
        {
            // Text between matches stays text: a pattern that skips something must not lose it.
            if (match.Index > at)
                Add(text.AsSpan(at, match.Index - at));
            Add(text.AsSpan(match.Index, match.Length));
            at = match.Index + match.Length;
        }
        if (at < text.Length)
            Add(text.AsSpan(at));
        return [.. ids];

        void Add(ReadOnlySpan<char> piece)
        {
            if (piece.IsEmpty)
                return;
            if (!lookup.TryGetValue(piece, out var known))
            {
                known = Merge(Encoding.UTF8.GetBytes(piece.ToString()));
                // Counted apart: the dictionary's own count takes all its locks.
                if (piece.Length <= 32 && _cached < CachedPieces && lookup.TryAdd(piece, known))
                    Interlocked.Increment(ref _cached);
            }
            ids.AddRange(known);
        }
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token >= 0 && token < model.Tokens.Length)
                bytes.AddRange(model.Tokens[token]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    public int ByteLength(int token) => token >= 0 && token < model.Tokens.Length && token != Separator ? model.Tokens[token].Length : 0;

    private int[] Merge(byte[] bytes)
    {
        if (_whole is not null && _whole.TryGetValue(Encoding.Latin1.GetString(bytes), out var whole))
            return [whole];
        var ids = new int[bytes.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = model.ByteIds[bytes[i]];
        var next = new int[ids.Length];
        var previous = new int[ids.Length];
        var queue = new PriorityQueue<(int At, int Left, int Right, int Id), (int Rank, int At)>();
        for (var i = 0; i < ids.Length; i++)
            (previous[i], next[i]) = (i - 1, i + 1);
        for (var i = 0; i + 1 < ids.Length; i++)
            Offer(i);
        while (queue.TryDequeue(out var merge, out _))
        {
            var right = next[merge.At];
            if (ids[merge.At] != merge.Left || right >= ids.Length || ids[right] != merge.Right)
                continue;
            ids[merge.At] = merge.Id;
            ids[right] = -2;
            next[merge.At] = next[right];
            if (next[right] < ids.Length)
                previous[next[right]] = merge.At;
            if (previous[merge.At] >= 0)
                Offer(previous[merge.At]);
            Offer(merge.At);
        }
        return [.. ids.Where(id => id != -2)];

        void Offer(int at)
        {
            var right = next[at];
            if (right < ids.Length && model.Merges.TryGetValue((ids[at], ids[right]), out var merge))
                queue.Enqueue((at, ids[at], ids[right], merge.Id), (merge.Rank, at));
        }
    }

    private static Dictionary<string, int> Whole(BpeModel model)
    {
        var whole = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < model.Tokens.Length; id++)
        {
            if (model.Tokens[id].Length > 0)
                whole.TryAdd(Encoding.Latin1.GetString(model.Tokens[id]), id);
        }
        return whole;
    }
}
