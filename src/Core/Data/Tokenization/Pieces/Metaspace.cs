namespace MoELab.Data.Tokenization.Pieces;

/// <summary>Replaces spaces by a visible character, which may also be added before a piece (as in SentencePiece).</summary>
/// <param name="replacement">The character that replaces a space.</param>
/// <param name="prepend">Whether to add one before a piece that has none: always, for the first piece only, or never.</param>
internal sealed class Metaspace(char replacement, Metaspace.Prepend prepend) : PieceStep
{
    internal enum Prepend
    {
        Never,
        First,
        Always,
    }

    public override void Apply(Piece piece, List<Piece> into)
    {
        var text = piece.Text.ToString().Replace(' ', replacement);
        if ((prepend == Prepend.Always || (prepend == Prepend.First && piece.AtStart)) && text[0] != replacement)
            text = replacement + text;
        into.Add(piece with { Text = text.AsMemory() });
    }
}
