namespace MoELab.Data;

/// <summary>A byte-level BPE vocabulary: the bytes of each token, and for each pair of ids its rank and the id that it merges into.</summary>
internal sealed class BpeModel
{
    /// <summary>Bytes of each token by id; empty where an id stands for no text (special tokens, gaps).</summary>
    public required byte[][] Tokens { get; init; }

    /// <summary>Left and right id to rank (lower merges first) and merged id.</summary>
    public required Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; init; }

    public required int Separator { get; init; }

    public required string SeparatorText { get; init; }

    /// <summary>A piece that is a token as a whole takes that token at once (<c>ignore_merges</c>).</summary>
    public bool WholePieces { get; init; }

    /// <summary>Id of each single byte.</summary>
    public int[] ByteIds { get; private set; } = [];

    /// <summary>Tokens of the 256 bytes alone, with the separator as id 256.</summary>
    public static BpeModel BytesOnly() => FromMerges([]);

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
        return new BpeModel { Tokens = tokens, Merges = ranks, Separator = tokens.Length - 1, SeparatorText = "<|endoftext|>" }.Index();
    }

    /// <summary>Finds the ids of single bytes; -1 where the vocabulary lacks one.</summary>
    public BpeModel Index()
    {
        ByteIds = new int[256];
        Array.Fill(ByteIds, -1);
        for (var id = Tokens.Length - 1; id >= 0; id--)
        {
            if (Tokens[id].Length == 1)
                ByteIds[Tokens[id][0]] = id;
        }
        return this;
    }
}
