namespace MoELab.Data;

/// <summary>Spaces become a visible character, which may also be put before a piece (SentencePiece's way).</summary>
/// <param name="replacement">What a space becomes.</param>
/// <param name="prepend">Whether one goes before a piece that has none: always, for the first piece alone, or never.</param>
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
