namespace MoELab.Data.Tokenization.Pieces;

/// <summary>Spells a piece's bytes with the characters of <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteSpelling : PieceStep
{
    public override void Apply(Piece piece, List<Piece> into) => into.Add(piece with { Text = Spell(piece.Text.Span).AsMemory() });

    public static string Spell(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return ByteAlphabet.ToText(bytes);
    }
}
