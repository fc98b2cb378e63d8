namespace MoELab.Data;

/// <summary>What is done to a text before pairs are merged, in this order.</summary>
internal sealed record TokenizerSteps
{
    /// <summary>Tokens that are found in the text as it is.</summary>
    public AddedTokenFinder? Literal { get; init; }

    /// <summary>Changes the text between these.</summary>
    public Func<string, string>? Normalizer { get; init; }

    /// <summary>Tokens that are found in the changed text.</summary>
    public AddedTokenFinder? Normalized { get; init; }

    /// <summary>What cuts it into pieces; no merge crosses a cut.</summary>
    public IReadOnlyList<PieceStep> Cuts { get; init; } = [];

    /// <summary>Whether the last step spells each piece's bytes in <see cref="ByteAlphabet"/>.</summary>
    public bool SpellsBytes { get; init; }

    /// <summary>Whether any step does: the vocabulary is byte-level.</summary>
    public bool SpellsAnyBytes { get; init; }

    /// <summary>GPT-2's cut and bytes: what MoELab trains.</summary>
    public static TokenizerSteps Gpt2 { get; } = new() { Cuts = [BpePattern.Gpt2Split], SpellsBytes = true, SpellsAnyBytes = true };

    /// <summary>Cuts a text that no added token is in.</summary>
    public List<Piece> Cut(ReadOnlyMemory<char> text, bool atStart)
    {
        List<Piece> pieces = [new(text, atStart)];
        foreach (var step in Cuts)
        {
            var cut = new List<Piece>(pieces.Count);
            foreach (var piece in pieces)
            {
                if (!piece.Text.IsEmpty)
                    step.Apply(piece, cut);
            }
            pieces = cut;
        }
        return pieces;
    }
}
