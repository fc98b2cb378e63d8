using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>A BPE vocabulary: the spelling and bytes of each token, and the order in which pairs are merged.</summary>
internal sealed class BpeModel
{
    private Dictionary<string, int> _ids = [];
    private int[]? _byteTokens;

    /// <summary>
    /// The spelling of each token by id; empty if an id has no token. A byte-level vocabulary spells bytes in <see cref="ByteAlphabet"/>.
    /// </summary>
    public required string[] Spellings { get; init; }

    /// <summary>Bytes of each token by id; empty for the separator and for an id without a token.</summary>
    public required byte[][] Tokens { get; init; }

    /// <summary>Left and right id to rank (lower merges first) and merged id.</summary>
    public required Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; init; }

    public required int Separator { get; init; }

    public string SeparatorText => Spellings[Separator];

    /// <summary>Whether a piece that is a token as a whole becomes that token without merges (<c>ignore_merges</c>).</summary>
    public bool WholePieces { get; init; }

    /// <summary>The token for characters without a token; null if they are dropped.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether adjacent unknown characters become one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>
    /// Whether a character without a token becomes the tokens of its bytes, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, if they exist.
    /// </summary>
    public bool ByteFallback { get; init; }

    /// <summary>Ids 0 to 255 are the bytes, then the merges in order, then the separator.</summary>
    public static BpeModel FromMerges(IReadOnlyList<(int Left, int Right)> merges)
    {
        var tokens = new byte[257 + merges.Count][];
        for (var b = 0; b < 256; b++)
            tokens[b] = [(byte)b];
        var ranks = new Dictionary<(int, int), (int, int)>(merges.Count);
        for (var m = 0; m < merges.Count; m++)
        {
            tokens[256 + m] = [.. tokens[merges[m].Left], .. tokens[merges[m].Right]];
            ranks[merges[m]] = (m, 256 + m);
        }
        tokens[^1] = [];
        var spellings = tokens.Select(t => ByteAlphabet.ToText(t)).ToArray();
        spellings[^1] = Tokenizers.EndOfText;
        return new BpeModel { Tokens = tokens, Spellings = spellings, Merges = ranks, Separator = tokens.Length - 1 }.Index();
    }

    /// <summary>Finds tokens by their spelling, except the separator.</summary>
    public BpeModel Index(IEnumerable<int>? outsideVocabulary = null)
    {
        var outside = (outsideVocabulary ?? []).Append(Separator).ToHashSet();
        _ids = new Dictionary<string, int>(Spellings.Length, StringComparer.Ordinal);
        for (var id = 0; id < Spellings.Length; id++)
        {
            if (Spellings[id].Length > 0 && !outside.Contains(id))
                _ids[Spellings[id]] = id;
        }
        if (ByteFallback)
            _byteTokens = [.. Enumerable.Range(0, 256).Select(b => _ids.GetValueOrDefault($"<0x{b:X2}>", -1))];
        return this;
    }

    /// <summary>The id of a token by its spelling.</summary>
    public int? Find(string spelling) => _ids.TryGetValue(spelling, out var id) ? id : null;

    /// <summary>Ids of a piece that is spelled as in the vocabulary.</summary>
    public int[] Encode(ReadOnlySpan<char> piece)
    {
        var lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        if (WholePieces && lookup.TryGetValue(piece, out var whole))
            return [whole];
        return BpeMerging.Merge([.. Symbols(piece)], Merges);
    }

    // Hugging Face's order: an unknown character is emitted before the next one that has a token.
    private List<int> Symbols(ReadOnlySpan<char> piece)
    {
        var symbols = new List<int>(piece.Length);
        var lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var waiting = false;
        Span<byte> bytes = stackalloc byte[4];
        while (!piece.IsEmpty)
        {
            _ = Rune.DecodeFromUtf16(piece, out var rune, out var length);
            if (lookup.TryGetValue(piece[..length], out var id))
            {
                if (waiting)
                    symbols.Add(Unknown!.Value);
                waiting = false;
                symbols.Add(id);
            }
            else if (!AddBytes(bytes[..rune.EncodeToUtf8(bytes)], symbols) && Unknown is { } unknown)
            {
                if (waiting && !FuseUnknown)
                    symbols.Add(unknown);
                waiting = true;
            }
            piece = piece[length..];
        }
        if (waiting)
            symbols.Add(Unknown!.Value);
        return symbols;
    }

    private bool AddBytes(ReadOnlySpan<byte> bytes, List<int> symbols)
    {
        if (_byteTokens is null)
            return false;
        var ids = Array.ConvertAll(bytes.ToArray(), b => _byteTokens[b]);
        if (ids.Contains(-1))
            return false;
        symbols.AddRange(ids);
        return true;
    }
}
