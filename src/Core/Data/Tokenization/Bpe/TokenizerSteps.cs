using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>The steps before pairs are merged, in this order.</summary>
internal sealed record TokenizerSteps
{
    /// <summary>Tokens that are searched for in the original text.</summary>
    public AddedTokenFinder Literal { get; init; } = new([], -1);

    /// <summary>Normalizes the text between these.</summary>
    public Func<string, string>? Normalizer { get; init; }

    /// <summary>Tokens that are searched for in the normalized text.</summary>
    public AddedTokenFinder Normalized { get; init; } = new([], -1);

    /// <summary>The pre-tokenizer, which splits text into pieces; no merge crosses a split.</summary>
    public IReadOnlyList<PieceStep> Cuts { get; init; } = [];

    /// <summary>Whether the last step spells each piece's bytes in <see cref="ByteAlphabet"/>.</summary>
    public bool SpellsBytes { get; init; }

    /// <summary>Whether any step does, so that the vocabulary is byte-level.</summary>
    public bool SpellsAnyBytes { get; init; }

    /// <summary>GPT-2's pattern and bytes, used by the tokenizers that MoELab trains.</summary>
    public static TokenizerSteps Gpt2 { get; } = new() { Cuts = [BpePattern.Gpt2Split], SpellsBytes = true, SpellsAnyBytes = true };

    // The list of a long document's pieces is too large for the young heap; allocating it each time would cost more than the merges.
    [ThreadStatic]
    private static (List<Piece> Now, List<Piece> Next)? _lists;

    /// <summary>Splits a text without added tokens. The list belongs to the thread and is valid until its next call.</summary>
    public List<Piece> Cut(ReadOnlyMemory<char> text, bool atStart)
    {
        var (pieces, next) = _lists ??= ([], []);
        pieces.Clear();
        pieces.Add(new Piece(text, atStart));
        foreach (var step in Cuts)
        {
            next.Clear();
            foreach (var piece in pieces)
            {
                if (!piece.Text.IsEmpty)
                    step(piece, next);
            }
            (pieces, next) = (next, pieces);
        }
        return pieces;
    }
}
